//! Tests of the elfcorehdr builder. The `object` crate reads its output.

#![allow(clippy::single_range_in_vec_init, reason = "lists of ranges, some of which have one")]

mod errors;

use std::ops::Range;

use object::LittleEndian as Le;
use object::elf::{ET_CORE, FileHeader64, PF_R, PF_W, PF_X, PT_LOAD, PT_NOTE, ProgramFlags};
use object::read::elf::{FileHeader, ProgramHeader};
use purgatory_loader::elfcorehdr::{Elfcorehdr, memsz};

/// Two CPUs and 2 GiB of RAM with a hole, and a crash kernel region in the upper half.
fn facts() -> Elfcorehdr {
    Elfcorehdr {
        cpu_notes: vec![0x7fc0_1000..0x7fc0_1170, 0x7fc2_1000..0x7fc2_1170],
        vmcoreinfo: 0x10_4000..0x10_5024,
        kernel: 0x2a00_0000..0x2ce0_0000,
        kernel_virtual: 0xffff_ffff_a960_0000,
        direct_map: 0xffff_9d5e_8000_0000,
        ram: vec![0x1000..0x9_fc00, 0x10_0000..0x3000_0000, 0x4000_0000..0x8000_0000],
        excluded: vec![0x6000_0000..0x7000_0000],
    }
}

/// Returns type, flags, offset, virtual address and size of each program header. Checks the fields that must be equal.
fn headers(bytes: &[u8]) -> Vec<(u32, u32, u64, u64, u64)> {
    let header = FileHeader64::<Le>::parse(bytes).unwrap();
    let headers = header.program_headers(Le, bytes).unwrap();
    assert_eq!(bytes.len(), 64 + 56 * headers.len());
    let fields = headers.iter().map(|header| {
        assert_eq!(header.p_offset(Le), header.p_paddr(Le));
        assert_eq!(header.p_filesz(Le), header.p_memsz(Le));
        assert_eq!(header.p_align(Le), 0);
        let (kind, flags) = (header.p_type(Le).0, header.p_flags(Le).0);
        (kind, flags, header.p_offset(Le), header.p_vaddr(Le), header.p_memsz(Le))
    });
    fields.collect()
}

fn note(range: Range<u64>) -> (u32, u32, u64, u64, u64) {
    (PT_NOTE.0, 0, range.start, 0, range.end - range.start)
}

fn load(range: Range<u64>, address: u64) -> (u32, u32, u64, u64, u64) {
    let flags: ProgramFlags = PF_R | PF_W | PF_X;
    (PT_LOAD.0, flags.0, range.start, address, range.end - range.start)
}

#[test]
fn lists_notes_kernel_and_ram_without_excluded_ranges() {
    let facts = facts();
    let direct = |range: Range<u64>| load(range.clone(), facts.direct_map + range.start);
    let expected = [
        note(facts.cpu_notes[0].clone()),
        note(facts.cpu_notes[1].clone()),
        note(facts.vmcoreinfo.clone()),
        load(facts.kernel.clone(), facts.kernel_virtual),
        direct(0x10_0000..0x3000_0000),
        direct(0x4000_0000..0x6000_0000),
        direct(0x7000_0000..0x8000_0000),
    ];
    assert_eq!(headers(&facts.build().unwrap()), expected);
}

#[test]
fn elf_header_passes_the_checks_of_the_capture_kernel() {
    let bytes = facts().build().unwrap();
    // Class 64, little-endian, version 1, ABI 0, as `parse_crash_elf64_headers` requires, then zeros.
    assert_eq!(bytes[..16], *b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    let header = FileHeader64::<Le>::parse(&*bytes).unwrap();
    assert_eq!(header.e_type.get(Le), ET_CORE);
    // ET_CORE, EM_X86_64, version 1, no entry, program headers at 64, no sections, no flags, sizes, 7 program headers.
    let rest = [
        &[4, 0, 62, 0, 1, 0, 0, 0][..],
        &[0; 8],
        &[64, 0, 0, 0, 0, 0, 0, 0],
        &[0; 12],
        &[64, 0, 56, 0, 7, 0],
        &[0; 6],
    ];
    assert_eq!(bytes[16..64], rest.concat());
}

#[test]
fn every_fact_changes_the_bytes() {
    let good = facts().build().unwrap();
    let changes: [fn(&mut Elfcorehdr); 7] = [
        |facts| facts.cpu_notes[1].start += 8,
        |facts| facts.vmcoreinfo.end += 1,
        |facts| facts.kernel.start += 4096,
        |facts| facts.kernel_virtual += 4096,
        |facts| facts.direct_map += 4096,
        |facts| facts.ram[2].end += 4096,
        |facts| facts.excluded[0].start += 4096,
    ];
    for change in changes {
        let mut facts = facts();
        change(&mut facts);
        assert_ne!(facts.build().unwrap(), good);
    }
}

#[test]
fn reserves_whole_pages_and_the_requested_size() {
    assert_eq!([1, 4096, 4097].map(|len| memsz(len, None)), [4096, 4096, 8192]);
    assert_eq!(memsz(456, Some(459_200)), 462_848);
    assert_eq!(memsz(8200, Some(4096)), 12_288);
    assert_eq!(memsz(u64::MAX, None), u64::MAX);
}

use super::*;
use object::elf::{EM_X86_64, PF_R, PF_X};
use object::read::elf::{ElfFile32, FileHeader as _};

const ENTRY: u64 = 0x10_0004;

fn segment(address: u64) -> Segment {
    Segment { flags: PF_R | PF_X, address, memory: 0x3000, contents: vec![0x90; 0x1234] }
}

/// A linked program of these segments.
fn linked(entry: u64, segments: &[Segment]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut out = Writer::new(Endianness::Little, true, &mut file);
    out.reserve_file_header();
    out.reserve_program_headers(segments.len() as u32);
    let offsets: Vec<u64> =
        segments.iter().map(|segment| out.reserve(segment.contents.len() as u64, 16)).collect();
    let header =
        FileHeader { e_type: ET_EXEC, e_machine: EM_X86_64, e_entry: entry, ..Default::default() };
    out.write_file_header(&header).unwrap();
    out.write_align_program_headers();
    for (segment, p_offset) in segments.iter().zip(&offsets) {
        out.write_program_header(&ProgramHeader {
            p_type: PT_LOAD,
            p_flags: segment.flags,
            p_offset: *p_offset,
            // Only the physical address counts.
            p_vaddr: segment.address ^ 0xffff_ffff_8000_0000,
            p_paddr: segment.address,
            p_filesz: segment.contents.len() as u64,
            p_memsz: segment.memory,
            p_align: 16,
        });
    }
    for (segment, offset) in segments.iter().zip(offsets) {
        out.pad_until(offset);
        out.write(&segment.contents);
    }
    file
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect()
}

/// The multiboot header as `multiboot_x86_probe` looks for it.
fn find1(file: &[u8]) -> Option<Vec<u32>> {
    let words = words(&file[..file.len().min(8192)]);
    let mut headers = words.windows(3);
    let is_header = |w: &&[u32]| w[0] == 0x1bad_b002 && w.iter().fold(0, add) == 0;
    headers.find(is_header).map(<[u32]>::to_vec)
}

/// The multiboot2 header and its tags as `multiboot2_x86_probe` looks for it.
fn find2(file: &[u8]) -> Option<Vec<u32>> {
    let words = words(&file[..file.len().min(32768)]);
    let is_header = |at: &usize| {
        let header = &words[*at..*at + 4];
        header[0] == 0xe852_50d6 && header.iter().fold(0, add) == 0
    };
    let at = (0..words.len() - 3).step_by(2).find(is_header)?;
    Some(words[at..at + words[at + 2] as usize / 4].to_vec())
}

fn add(sum: u32, word: &u32) -> u32 {
    sum.wrapping_add(*word)
}

#[test]
fn what_was_linked_is_in_the_file_for_32_bits() {
    let wanted = [segment(0x10_0000), segment(0x20_0000)];
    let file = kernel(&linked(ENTRY, &wanted)).unwrap();
    let elf: ElfFile32<'_> = ElfFile32::parse(file.as_slice()).unwrap();
    let (header, endian) = (elf.elf_header(), elf.endian());
    assert_eq!((header.e_type(endian), header.e_machine(endian)), (ET_EXEC, EM_386));
    assert_eq!(u64::from(header.e_entry(endian)), ENTRY);
    let found = elf.elf_program_headers().iter().map(|header| {
        assert_eq!(header.p_type(endian), PT_LOAD);
        assert!(header.p_offset(endian).is_multiple_of(0x1000));
        Segment {
            flags: header.p_flags(endian),
            address: header.p_paddr(endian).into(),
            memory: header.p_memsz(endian).into(),
            contents: header.data(endian, file.as_slice()).unwrap().to_vec(),
        }
    });
    assert_eq!(found.collect::<Vec<_>>(), wanted);
}

#[test]
fn both_headers_are_found_and_ask_for_what_the_shim_reads() {
    let file = kernel(&linked(ENTRY, &[segment(0x10_0000)])).unwrap();
    // Flag 1 of multiboot is the memory map.
    assert_eq!(find1(&file).unwrap()[1], 2);
    // Tag 1 of multiboot2 asks for tags of the information: 1 is the command line, 6 the memory map. Tag 0 ends them.
    assert_eq!(find2(&file).unwrap()[4..], [1, 16, 1, 6, 0, 8]);
}

#[test]
fn a_header_with_another_checksum_is_not_found_nor_one_in_the_linked_program() {
    let linked = linked(ENTRY, &[segment(0x10_0000)]);
    assert_eq!((find1(&linked), find2(&linked)), (None, None));
    let file = kernel(&linked).unwrap();
    for (magic, find) in [(HEADER1[0], find1 as fn(&[u8]) -> Option<Vec<u32>>), (HEADER2[0], find2)]
    {
        let at = words(&file).iter().position(|word| *word == magic).unwrap() * 4;
        let mut broken = file.clone();
        broken[at + 4] ^= 1;
        assert_eq!(find(&broken), None);
    }
}

#[test]
fn what_no_32_bit_loader_could_load_is_refused() {
    let longer = Segment { memory: 0x1000, ..segment(0x10_0000) };
    for (entry, segment, says) in [
        (ENTRY, segment(0xffff_e000), "the segment at 0xffffe000 ends above 4 GiB: move it down"),
        (ENTRY, segment(!0xfff), "ends above 4 GiB"),
        (ENTRY, segment(0x10_0010), "does not start with a page"),
        (ENTRY, longer, "the segment at 0x100000 is longer in the file than in memory"),
        (0x10_1234, segment(0x10_0000), "the entry 0x101234 lies in no segment"),
    ] {
        let error = format!("{:#}", kernel(&linked(entry, &[segment])).unwrap_err());
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn what_is_no_linked_program_is_refused() {
    let file = linked(ENTRY, &[segment(0x10_0000)]);
    let error = kernel(&file[..file.len() - 1]).unwrap_err().to_string();
    assert_eq!(error, "a segment is not in the file");
    assert_eq!(kernel(b"#!/bin/sh").unwrap_err().to_string(), "not a 64-bit ELF file");
    let again = kernel(&kernel(&file).unwrap()).unwrap_err().to_string();
    assert_eq!(again, "not a 64-bit ELF file");
    assert!(kernel(&linked(ENTRY, &[])).is_err());
}

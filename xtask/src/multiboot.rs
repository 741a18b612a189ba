//! The boot shim as a kernel for multiboot and multiboot2: a 32-bit ELF file around what the linker made.
//!
//! kexec-tools takes an executable for i386 (`elf_x86_probe`) with a multiboot header in its first 8 KiB, at a multiple
//! of 4 bytes, or a multiboot2 header in its first 32 KiB, at a multiple of 8 (`multiboot_x86_probe`,
//! `multiboot2_x86_probe`); `--type=` says which of the two counts. QEMU's `-kernel` looks for the first one too
//! (`load_multiboot`). The file for a PVH start must therefore have neither. Nobody asks for a header in memory: here they
//! stand between the program headers and the segments.
//!
//! Sources: "Multiboot Specification" 0.6.96, section 3.1; "Multiboot2 Specification" 2.0, section 3.1.

use anyhow::{Context, Result, ensure};
use object::Endianness;
use object::elf::{EM_386, ET_EXEC, PT_LOAD, ProgramFlags};
use object::read::elf::{ElfFile64, ProgramHeader as _};
use object::write::elf::{FileHeader, ProgramHeader, Writer};
use purgatory_abi::PAGE;

/// Header of multiboot: magic, flags, checksum. The only flag asks for a memory map.
const HEADER1: [u32; 3] = summing_to_zero([0x1bad_b002, 1 << 1, 0]);

/// Header of multiboot2: magic, architecture (i386), bytes, checksum.
const HEADER2: [u32; 4] = summing_to_zero([0xe852_50d6, 0, HEADER2_BYTES as u32, 0]);
/// Its tags: one asks for a command line (1) and a memory map (6), one ends them. Type and flags, bytes, payload.
const TAGS2: [u32; 6] = [1, 16, 1, 6, 0, 8];
const HEADER2_BYTES: usize = size_of::<[u32; 4]>() + size_of_val(&TAGS2);
const HEADER2_ALIGN: u64 = 8;

/// Replaces the last number by the one that makes the sum 0.
const fn summing_to_zero<const N: usize>(mut numbers: [u32; N]) -> [u32; N] {
    let (mut sum, mut i) = (0_u32, 0);
    while i < N - 1 {
        sum = sum.wrapping_add(numbers[i]);
        i += 1;
    }
    numbers[N - 1] = sum.wrapping_neg();
    numbers
}

/// What a loader puts into memory.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    flags: ProgramFlags,
    /// Physical address.
    address: u64,
    /// Bytes in memory: those behind `contents` are 0.
    memory: u64,
    contents: Vec<u8>,
}

/// Makes the file, whose entry is that of the linked program.
pub(crate) fn kernel(linked: &[u8]) -> Result<Vec<u8>> {
    let elf: ElfFile64<'_> = ElfFile64::parse(linked).context("not a 64-bit ELF file")?;
    let segments = segments(&elf, linked)?;
    let entry = elf.elf_header().e_entry.get(elf.endian());
    let is_inside = |s: &Segment| (s.address..s.address + s.contents.len() as u64).contains(&entry);
    ensure!(segments.iter().any(is_inside), "the entry {entry:#x} lies in no segment");
    write(entry, &segments)
}

/// The segments, each of which a 32-bit loader can put where it belongs.
fn segments(elf: &ElfFile64<'_>, linked: &[u8]) -> Result<Vec<Segment>> {
    let endian = elf.endian();
    let mut segments = Vec::new();
    for header in elf.elf_program_headers() {
        if header.p_type(endian) != PT_LOAD {
            continue;
        }
        let (address, memory) = (header.p_paddr(endian), header.p_memsz(endian));
        let end = address.checked_add(memory).filter(|end| *end <= 1 << 32);
        ensure!(end.is_some(), "the segment at {address:#x} ends above 4 GiB: move it down");
        ensure!(
            address.is_multiple_of(PAGE),
            "the segment at {address:#x} does not start with a page, which kexec refuses"
        );
        let contents = header.data(endian, linked).ok();
        let contents = contents.context("a segment is not in the file")?.to_vec();
        ensure!(
            contents.len() as u64 <= memory,
            "the segment at {address:#x} is longer in the file than in memory"
        );
        segments.push(Segment { flags: header.p_flags(endian), address, memory, contents });
    }
    Ok(segments)
}

fn write(entry: u64, segments: &[Segment]) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut out = Writer::new(Endianness::Little, false, &mut file);
    out.reserve_file_header();
    out.reserve_program_headers(u32::try_from(segments.len())?);
    let header2 = out.reserve(HEADER2_BYTES as u64, HEADER2_ALIGN);
    out.reserve(size_of_val(&HEADER1) as u64, align_of_val(&HEADER1) as u64);
    let offsets: Vec<u64> =
        segments.iter().map(|segment| out.reserve(segment.contents.len() as u64, PAGE)).collect();

    let header =
        FileHeader { e_type: ET_EXEC, e_machine: EM_386, e_entry: entry, ..Default::default() };
    out.write_file_header(&header)?;
    out.write_align_program_headers();
    for (segment, offset) in segments.iter().zip(&offsets) {
        out.write_program_header(&ProgramHeader {
            p_type: PT_LOAD,
            p_flags: segment.flags,
            p_offset: *offset,
            p_vaddr: segment.address,
            p_paddr: segment.address,
            p_filesz: segment.contents.len() as u64,
            p_memsz: segment.memory,
            p_align: PAGE,
        });
    }
    out.pad_until(header2);
    for word in HEADER2.into_iter().chain(TAGS2).chain(HEADER1) {
        out.write(&word.to_le_bytes());
    }
    for (segment, offset) in segments.iter().zip(offsets) {
        out.pad_until(offset);
        out.write(&segment.contents);
    }
    Ok(file)
}

#[cfg(test)]
#[path = "multiboot_tests.rs"]
mod tests;

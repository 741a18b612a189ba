//! Checks elfcorehdr, by which the capture kernel finds the memory to save.
//!
//! It is not verified, because the running kernel may rewrite it on CPU and memory hotplug. Where nothing does, the
//! header has its digest. A problem is only a warning: without a dump, the capture kernel may still report the panic.
//!
//! Source: `fs/proc/vmcore.c`: `parse_crash_elf64_headers` rejects all other headers, and `merge_note_headers_elf64`
//! expects the program headers directly after the file header. `crash` requires that notes come first, and
//! `makedumpfile` that there is memory. The layouts are those of elf(5).

mod ranges;

use crate::memory::Memory;
use crate::plan::{Attempt, Chunks, OwnPart};
use crate::warnings::Warnings;
use core::mem::offset_of;
use purgatory_abi::boot::E820Entry;
use purgatory_abi::native::{SegmentEntry, SegmentKind};
use purgatory_abi::status::{Status, Warning};
use purgatory_sha256::Implementation;
use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

/// `Elf64_Ehdr`.
#[repr(C)]
#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
struct FileHeader {
    magic: [u8; 4],
    class: u8,
    data: u8,
    ident_version: u8,
    padding: [u8; 9],
    kind: U16,
    machine: U16,
    version: U32,
    entry: U64,
    program_headers_at: U64,
    section_headers_at: U64,
    flags: U32,
    header_bytes: U16,
    program_header_bytes: U16,
    program_headers: U16,
    section_header_bytes: U16,
    section_headers: U16,
    names: U16,
}

/// `Elf64_Phdr`.
#[repr(C)]
#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
struct ProgramHeader {
    kind: U32,
    flags: U32,
    offset: U64,
    virtual_address: U64,
    physical_address: U64,
    file_bytes: U64,
    memory_bytes: U64,
    alignment: U64,
}

const _: () = {
    assert!(size_of::<FileHeader>() == 64);
    assert!(size_of::<ProgramHeader>() == 56);
};

const CLASS_64: u8 = 2;
const LITTLE_ENDIAN: u8 = 1;
const CURRENT_VERSION: u8 = 1;
const CORE: u16 = 4;
const X86_64: u16 = 62;
const LOAD: u32 = 1;
const NOTE: u32 = 4;

/// A problem, and its address.
struct Problem {
    warning: Warning,
    address: u64,
}

/// Adds a warning for the first problem of each elfcorehdr, and one if the first does not have the header's digest.
pub fn check<M: Memory>(
    attempt: &Attempt<Chunks<'_>>,
    implementation: Option<Implementation>,
    memory: &M,
    warnings: &mut Warnings<'_>,
) {
    let Ok(segments) = &attempt.check.segments else { return };
    let mut expected = attempt.check.elfcorehdr;
    let of_kind = SegmentKind::Elfcorehdr.code();
    for (_, entry) in segments.numbered().filter(|(_, entry)| entry.kind == of_kind) {
        let map = ranges::memory_map(attempt.image.boot_params, memory);
        if let Err(Problem { warning, address }) = check_segment(entry, map, memory) {
            warnings.at(warning, address);
        }
        if let (Some(expected), Some(implementation)) = (expected.take(), implementation)
            && let Ok(bytes) = memory.whole(entry.address, entry.payload)
        {
            let address = entry.address;
            let part = OwnPart { address, bytes, expected, corrupted: Status::Mismatch };
            if !part.is_intact(implementation) {
                warnings.at(Warning::ElfcorehdrChanged, address);
            }
        }
    }
}

#[inline(never)]
fn check_segment<M: Memory>(
    entry: &SegmentEntry,
    map: &[E820Entry],
    memory: &M,
) -> Result<(), Problem> {
    let segment = entry.region().unwrap_or_default();
    let require = |valid: bool, warning, offset: usize| {
        let address = segment.start.wrapping_add(offset as u64);
        if valid { Ok(()) } else { Err(Problem { warning, address }) }
    };
    let bytes_at = |offset: usize, len: usize| {
        let end = offset.saturating_add(len) as u64;
        require(end <= segment.len, Warning::ElfcorehdrCut, 0)?;
        let start = segment.start.wrapping_add(offset as u64);
        memory.whole(start, len as u64).map_err(|unmapped| Problem {
            warning: Warning::ElfcorehdrUnmapped,
            address: unmapped.address,
        })
    };
    let bytes = bytes_at(0, size_of::<FileHeader>())?;
    let cut = || Problem { warning: Warning::ElfcorehdrCut, address: segment.start };
    let header = FileHeader::ref_from_bytes(bytes).map_err(|_| cut())?;
    require(header.magic == *b"\x7fELF", Warning::ElfcorehdrMagic, 0)?;
    let is_64_bit = header.class == CLASS_64
        && header.data == LITTLE_ENDIAN
        && header.ident_version == CURRENT_VERSION
        && header.version == u32::from(CURRENT_VERSION);
    require(is_64_bit, Warning::ElfcorehdrClass, offset_of!(FileHeader, class))?;
    require(header.kind == CORE, Warning::ElfcorehdrType, offset_of!(FileHeader, kind))?;
    let machine = offset_of!(FileHeader, machine);
    require(header.machine == X86_64, Warning::ElfcorehdrMachine, machine)?;
    let sizes = usize::from(header.header_bytes) == size_of::<FileHeader>()
        && usize::from(header.program_header_bytes) == size_of::<ProgramHeader>()
        && header.program_headers_at == size_of::<FileHeader>() as u64;
    require(sizes, Warning::ElfcorehdrSizes, offset_of!(FileHeader, program_headers_at))?;

    let count = usize::from(header.program_headers);
    let bytes = bytes_at(size_of::<FileHeader>(), count.wrapping_mul(size_of::<ProgramHeader>()))?;
    let programs = <[ProgramHeader]>::ref_from_bytes(bytes).map_err(|_| cut())?;
    let empty = offset_of!(FileHeader, program_headers);
    let first = programs.first();
    require(first.is_some(), Warning::ElfcorehdrEmpty, empty)?;
    let programs_at = size_of::<FileHeader>();
    let notes_first = first.is_some_and(|program| program.kind == NOTE);
    require(notes_first, Warning::ElfcorehdrNoNotes, programs_at)?;
    // The first is the crashed kernel's own.
    let kernel = programs.iter().position(|program| program.kind == LOAD);
    let ram = kernel.map_or(programs.len(), |kernel| kernel.wrapping_add(1));
    require(ram < programs.len(), Warning::ElfcorehdrNoMemory, programs_at)?;
    let inconsistent = ranges::inconsistent(programs, ram, map);
    let index = inconsistent.unwrap_or_default();
    let at = programs_at.wrapping_add(index.wrapping_mul(size_of::<ProgramHeader>()));
    require(inconsistent.is_none(), Warning::ElfcorehdrRange, at)
}

#[cfg(test)]
pub(crate) mod tests;

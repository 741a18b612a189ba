//! Whether elfcorehdr makes sense, by which the capture kernel finds the memory that it is to save.
//!
//! Nobody has a digest of it, since the old kernel rewrites it when memory or processors come and go. What does not make
//! sense is a warning and no more: without a dump, the capture kernel may still say what has happened.
//!
//! Source: `fs/proc/vmcore.c`, `parse_crash_elf64_headers`, which refuses all but this, and `merge_note_headers_elf64`, which
//! looks for the program headers directly behind the file header. That notes come first is what `crash` wants, and that
//! there is memory what `makedumpfile` does. The layouts are those of elf(5).

use crate::memory::Memory;
use crate::plan::Segments;
use crate::warnings::Warnings;
use core::mem::offset_of;
use purgatory_abi::native::{SegmentEntry, SegmentKind};
use purgatory_abi::status::Warning;
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
    rest: [u8; 52],
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

/// What makes no sense, and where.
struct Inconsistency {
    warning: Warning,
    address: u64,
}

/// Notes of each elfcorehdr the first thing that makes no sense.
pub fn check<M: Memory>(segments: &Segments<'_>, memory: &M, warnings: &mut Warnings<'_>) {
    let of_kind = SegmentKind::Elfcorehdr.code();
    for (_, entry) in segments.numbered().filter(|(_, entry)| entry.kind == of_kind) {
        if let Err(Inconsistency { warning, address }) = look(entry, memory) {
            warnings.at(warning, address);
        }
    }
}

fn look<M: Memory>(entry: &SegmentEntry, memory: &M) -> Result<(), Inconsistency> {
    let segment = entry.region().unwrap_or_default();
    let sensible = |sensible: bool, warning, offset: usize| {
        let address = segment.start.wrapping_add(offset as u64);
        if sensible { Ok(()) } else { Err(Inconsistency { warning, address }) }
    };
    let bytes_at = |offset: usize, len: usize| {
        let end = offset.saturating_add(len) as u64;
        sensible(end <= segment.len, Warning::ElfcorehdrCut, 0)?;
        let start = segment.start.wrapping_add(offset as u64);
        memory.whole(start, len as u64).map_err(|unmapped| Inconsistency {
            warning: Warning::ElfcorehdrUnmapped,
            address: unmapped.address,
        })
    };
    let bytes = bytes_at(0, size_of::<FileHeader>())?;
    let cut = || Inconsistency { warning: Warning::ElfcorehdrCut, address: segment.start };
    let header = FileHeader::ref_from_bytes(bytes).map_err(|_| cut())?;
    sensible(header.magic == *b"\x7fELF", Warning::ElfcorehdrMagic, 0)?;
    let is_64_bit = header.class == CLASS_64
        && header.data == LITTLE_ENDIAN
        && header.ident_version == CURRENT_VERSION
        && header.version == u32::from(CURRENT_VERSION);
    sensible(is_64_bit, Warning::ElfcorehdrClass, offset_of!(FileHeader, class))?;
    sensible(header.kind == CORE, Warning::ElfcorehdrType, offset_of!(FileHeader, kind))?;
    let machine = offset_of!(FileHeader, machine);
    sensible(header.machine == X86_64, Warning::ElfcorehdrMachine, machine)?;
    let sizes = usize::from(header.header_bytes) == size_of::<FileHeader>()
        && usize::from(header.program_header_bytes) == size_of::<ProgramHeader>()
        && header.program_headers_at == size_of::<FileHeader>() as u64;
    sensible(sizes, Warning::ElfcorehdrSizes, offset_of!(FileHeader, program_headers_at))?;

    let count = usize::from(header.program_headers);
    let bytes = bytes_at(size_of::<FileHeader>(), count.wrapping_mul(size_of::<ProgramHeader>()))?;
    let programs = <[ProgramHeader]>::ref_from_bytes(bytes).map_err(|_| cut())?;
    let empty = offset_of!(FileHeader, program_headers);
    let first = programs.first();
    sensible(first.is_some(), Warning::ElfcorehdrEmpty, empty)?;
    let behind = size_of::<FileHeader>();
    let notes_first = first.is_some_and(|program| program.kind == NOTE);
    sensible(notes_first, Warning::ElfcorehdrNoNotes, behind)?;
    let any_memory = programs.iter().any(|program| program.kind == LOAD);
    sensible(any_memory, Warning::ElfcorehdrNoMemory, behind)
}

#[cfg(test)]
pub(crate) mod tests;

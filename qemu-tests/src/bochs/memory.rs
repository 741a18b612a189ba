//! The memory of the machine at its start: the program, and the tables of a PVH start.
//!
//! Source: Xen, `xen/include/public/arch-x86/hvm/start_info.h`; `xen/include/public/elfnote.h`.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use object::Endianness;
use object::elf::{NoteType, PT_LOAD, ProgramHeader64};
use object::read::elf::{ElfFile64, ProgramHeader as _};
use purgatory_abi::PAGE;

/// Bytes of RAM in a machine.
pub(super) const BYTES: u64 = 256 << 20;
/// Bytes of a block of RAM: the largest that Bochs has. Loaded data must be inside one block, otherwise Bochs
/// overwrites others.
pub(super) const BLOCK: u64 = 8 << 20;
/// RAM in the program's memory map: up to the data of a PC's firmware, and above the first MiB.
const RAM: [Range<u64>; 2] = [0..0x9_f000, 0x10_0000..BYTES];

/// The note that tells the entry: `XEN_ELFNOTE_PHYS32_ENTRY`.
const NOTE_NAME: &[u8] = b"Xen";
const NOTE_TYPE: NoteType = NoteType(18);

/// `XEN_HVM_START_MAGIC_VALUE`, and the version of `struct hvm_start_info` that has a memory map.
const MAGIC: u64 = 0x336e_c578;
const VERSION: u64 = 1;
/// `XEN_HVM_MEMMAP_TYPE_RAM`.
const TYPE_RAM: u64 = 1;
/// Offsets of the tables after `struct hvm_start_info`.
const MODULE_LIST: u64 = 0x100;
const MEMORY_MAP: u64 = 0x200;
const MODULE: u64 = 0x1000;

/// Bytes, and where they lie.
#[derive(Debug)]
pub(super) struct Piece {
    /// Physical address.
    pub(super) address: u32,
    pub(super) bytes: Vec<u8>,
}

/// A program as the linker made it: its contents in one piece, and its 32-bit entry. Around them RAM is 0.
///
/// # Errors
/// It is no 64-bit ELF file, has no note for a PVH start, does not lie above the first MiB of RAM, or is too long.
pub(super) fn program(file: &[u8]) -> Result<(Piece, u32)> {
    let elf: ElfFile64<'_> =
        ElfFile64::parse(file).context("the program is not a 64-bit ELF file")?;
    let endian = elf.endian();
    let mut bytes = Vec::new();
    let mut entry = None;
    let start = RAM[1].start;
    for header in elf.elf_program_headers() {
        entry = entry.or(entry_of_note(header, endian, file));
        if header.p_type(endian) != PT_LOAD {
            continue;
        }
        let (address, memory) = (header.p_paddr(endian), header.p_memsz(endian));
        let contents = header.data(endian, file).ok().context("a segment is not in the file")?;
        let end = address.checked_add(memory).filter(|end| *end <= BYTES && start <= address);
        ensure!(end.is_some(), "the segment at {address:#x} is not in RAM above 1 MiB");
        let end = address + contents.len() as u64;
        ensure!(
            contents.len() as u64 <= memory,
            "the segment at {address:#x} is longer in the file than in memory"
        );
        ensure!(end <= BLOCK, "the segment at {address:#x} is too long: it ends at {end:#x}");
        let (at, end) = ((address - start) as usize, (end - start) as usize);
        bytes.resize(end.max(bytes.len()), 0);
        bytes[at..end].copy_from_slice(contents);
    }
    let entry = entry.context("the program has no note of a PVH entry")?;
    Ok((Piece { address: start as u32, bytes }, entry))
}

/// The entry, if these are notes and one of them tells it.
fn entry_of_note(
    header: &ProgramHeader64<Endianness>,
    endian: Endianness,
    file: &[u8],
) -> Option<u32> {
    let mut notes = header.notes(endian, file).ok()??;
    while let Some(note) = notes.next().ok()? {
        if note.name() == NOTE_NAME && note.n_type(endian) == NOTE_TYPE {
            return note.desc().first_chunk().map(|entry| u32::from_le_bytes(*entry));
        }
    }
    None
}

/// `struct hvm_start_info` and everything that it points to, at the end of RAM.
///
/// # Errors
/// The module is too long.
pub(super) fn start_info(module: &[u8]) -> Result<Piece> {
    let all = (MODULE + module.len() as u64).next_multiple_of(PAGE);
    ensure!(
        all <= BLOCK,
        "a module of {} bytes is too long: 8 MiB hold it and 4 KiB",
        module.len()
    );
    let start = BYTES - all;
    let mut bytes = vec![0; all as usize];
    let mut put = |at: u64, put: &[u8]| bytes[at as usize..][..put.len()].copy_from_slice(put);

    let flags_and_modules = 1 << 32;
    let (command_line, rsdp) = (0, 0);
    let info = [
        MAGIC | VERSION << 32,
        flags_and_modules,
        start + MODULE_LIST,
        command_line,
        rsdp,
        start + MEMORY_MAP,
        RAM.len() as u64,
    ];
    put(0, &words(info));
    put(MODULE_LIST, &words([start + MODULE, module.len() as u64, 0, 0]));
    let map = RAM.map(|ram| words([ram.start, ram.end - ram.start, TYPE_RAM]));
    put(MEMORY_MAP, &map.concat());
    put(MODULE, module);
    Ok(Piece { address: start as u32, bytes })
}

fn words<const N: usize>(words: [u64; N]) -> Vec<u8> {
    words.map(u64::to_le_bytes).concat()
}

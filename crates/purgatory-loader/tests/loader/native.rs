//! A small purgatory object that passes every rule of the native contract.

use crate::purgatory::Purgatory;
use object::elf::R_X86_64_64;

/// Bytes of the header.
pub(crate) const HEADER_BYTES: usize = 400;

/// Returns the header that a purgatory is built with: magic, version 1, its size.
pub(crate) fn header() -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(b"PURGATRY");
    header[8..12].copy_from_slice(&1u32.to_le_bytes());
    header[12..16].copy_from_slice(&400u32.to_le_bytes());
    header
}

/// Returns a longer header of the same version: 24 more bytes, and a flag that this loader does not know.
pub(crate) fn longer_header() -> Vec<u8> {
    let mut longer = [header().as_slice(), &[0; 24]].concat();
    longer[12..16].copy_from_slice(&424u32.to_le_bytes());
    longer[48] = 4;
    longer
}

/// Returns a purgatory with all flags, and memory for the copies.
pub(crate) fn with_copies() -> Purgatory {
    let mut header = header();
    header[48] = 3;
    let mut purgatory = starting_with(&header);
    purgatory.object.append_section_bss(purgatory.bss, 3 * 4096, 64);
    purgatory
}

/// Returns a purgatory with a header at its start, and a relocation in its code.
pub(crate) fn purgatory() -> Purgatory {
    starting_with(&header())
}

/// Returns a purgatory with another header.
pub(crate) fn starting_with(header: &[u8]) -> Purgatory {
    let mut purgatory = Purgatory::starting_with(header, 0x20);
    let (text, stack_end) = (purgatory.text, purgatory.stack_end);
    purgatory.global("purgatory_header", text, 0, header.len() as u64);
    purgatory.relocate(text, purgatory.entry + 8, R_X86_64_64, stack_end, 0);
    purgatory
}

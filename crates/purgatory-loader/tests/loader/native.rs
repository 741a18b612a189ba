//! A small purgatory object that keeps to every rule of the native contract, and segments for it.

use crate::purgatory::Purgatory;
use object::elf::R_X86_64_64;
use purgatory_abi::linux::EntryRegs;
use purgatory_abi::native::SegmentKind;
use purgatory_loader::Segment;
use purgatory_sha256::{Backend, Instructions};

/// Bytes of the header.
pub(crate) const HEADER_BYTES: usize = 272;

/// Registers, no two of them alike.
pub(crate) const REGS: EntryRegs = EntryRegs {
    rax: 1,
    rcx: 2,
    rdx: 3,
    rbx: 4,
    rsp: 5,
    rbp: 6,
    rsi: 7,
    rdi: 8,
    r8: 9,
    r9: 10,
    r10: 11,
    r11: 12,
    r12: 13,
    r13: 14,
    r14: 15,
    r15: 16,
    rip: 17,
};

/// A header as a purgatory is built with it: magic, version 1, its size.
pub(crate) fn header() -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(b"PURGATRY");
    header[8..12].copy_from_slice(&1u32.to_le_bytes());
    header[12..16].copy_from_slice(&272u32.to_le_bytes());
    header
}

/// A purgatory with a header, first of all, and a relocation in its code.
pub(crate) fn purgatory() -> Purgatory {
    starting_with(&header())
}

/// The same with another header.
pub(crate) fn starting_with(header: &[u8]) -> Purgatory {
    let mut purgatory = Purgatory::starting_with(header, 0x20);
    let (text, stack_end) = (purgatory.text, purgatory.stack_end);
    purgatory.global("purgatory_header", text, 0, HEADER_BYTES as u64);
    purgatory.relocate(text, purgatory.entry + 8, R_X86_64_64, stack_end, 0);
    purgatory
}

/// A segment without zeros behind it.
pub(crate) fn segment(address: u64, payload: &[u8]) -> Segment<'_> {
    Segment { kind: SegmentKind::Other, address, payload, zeros: 0 }
}

/// The backend that runs everywhere: the sha2 crate.
pub(crate) fn scalar() -> Backend {
    Backend::ranked(Instructions::default()).last().unwrap()
}

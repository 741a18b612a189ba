//! Macros for all assembly of the shim that saves or loads registers.
//!
//! A line with `\\r` is repeated for each register of a list by `.irp`. In it, `.Lat_\\r` is the register's offset in
//! the structure that [`offsets`] is given.

use core::mem::offset_of;

use purgatory_abi::EntryRegs;

/// Defines `.Lat_` and the register's name as `first`, `first + bytes` and so on for the registers of a list.
macro_rules! offsets {
    ($registers:literal, $bytes:literal, $first:literal) => {
        concat!(
            ".set .Lnext, ",
            $first,
            "\n",
            ".irp r, ",
            $registers,
            "\n",
            ".set .Lat_\\r, .Lnext\n",
            ".set .Lnext, .Lnext + ",
            $bytes,
            "\n",
            ".endr",
        )
    };
}

/// The offsets in [`EntryRegs`].
macro_rules! entry_regs {
    () => {
        crate::registers::offsets!(
            "rax,rcx,rdx,rbx,rsp,rbp,rsi,rdi,r8,r9,r10,r11,r12,r13,r14,r15",
            8,
            0
        )
    };
}

/// Pushes the registers that a function must restore by the System V ABI.
macro_rules! push_callee_saved {
    () => {
        ".irp r, rbx,rbp,r12,r13,r14,r15\npush \\r\n.endr"
    };
}

/// Pops the registers of [`push_callee_saved`].
macro_rules! pop_callee_saved {
    () => {
        ".irp r, r15,r14,r13,r12,rbp,rbx\npop \\r\n.endr"
    };
}

pub(crate) use {entry_regs, offsets, pop_callee_saved, push_callee_saved};

/// The order of [`entry_regs`].
const _: () = {
    assert!(offset_of!(EntryRegs, rax) == 0 && offset_of!(EntryRegs, rcx) == 8);
    assert!(offset_of!(EntryRegs, rdx) == 16 && offset_of!(EntryRegs, rbx) == 24);
    assert!(offset_of!(EntryRegs, rsp) == 32 && offset_of!(EntryRegs, rbp) == 40);
    assert!(offset_of!(EntryRegs, rsi) == 48 && offset_of!(EntryRegs, rdi) == 56);
    assert!(offset_of!(EntryRegs, r8) == 64 && offset_of!(EntryRegs, r15) == 120);
};

//! The registers at a 64-bit entry.

use core::mem::offset_of;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The registers at the target kernel's entry, `struct kexec_entry64_regs`.
///
/// The order is that of the kernel and of the instruction encoding. The table of kexec-tools has the same size but
/// another order.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[allow(missing_docs, reason = "the fields are the registers they are named after")]
pub struct EntryRegs {
    pub rax: u64,
    pub rcx: u64,
    pub rdx: u64,
    pub rbx: u64,
    pub rsp: u64,
    pub rbp: u64,
    pub rsi: u64,
    pub rdi: u64,
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub rip: u64,
}

impl EntryRegs {
    /// A table of zeros, as before a loader has written it: `Default`, for statics.
    pub const ZERO: Self = Self {
        rax: 0,
        rcx: 0,
        rdx: 0,
        rbx: 0,
        rsp: 0,
        rbp: 0,
        rsi: 0,
        rdi: 0,
        r8: 0,
        r9: 0,
        r10: 0,
        r11: 0,
        r12: 0,
        r13: 0,
        r14: 0,
        r15: 0,
        rip: 0,
    };
}

const _: () = {
    assert!(size_of::<EntryRegs>() == 17 * 8);
    assert!(offset_of!(EntryRegs, rsp) == 4 * 8);
    assert!(offset_of!(EntryRegs, rsi) == 6 * 8);
    assert!(offset_of!(EntryRegs, rip) == 16 * 8);
};

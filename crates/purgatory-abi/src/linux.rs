//! The contract of the purgatory that the Linux kernel embeds (x86_64).
//!
//! Source: `arch/x86/purgatory/`, `arch/x86/include/asm/kexec.h`, and `kernel/kexec_file.c`, functions
//! `kexec_load_purgatory`, `kexec_purgatory_get_set_symbol` and `kexec_purgatory_get_symbol_addr`.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The entry point. Where the kernel looks for it by name (newest kernels), it must be global.
pub const ENTRY: &str = "purgatory_start";

/// The register table, [`EntryRegs`]: read, changed and written back by `bzImage64_load`.
pub const ENTRY64_REGS: &str = "entry64_regs";

/// The end of a stack that the capture kernel may start on. Only its address is taken.
pub const STACK_END: &str = "stack_end";

/// The table of regions, `[Region; REGION_SLOTS]`, written whole by `kexec_calculate_store_digests`.
pub const SHA_REGIONS: &str = "purgatory_sha_regions";

/// One SHA-256 over all regions in order, written by `kexec_calculate_store_digests`.
pub const SHA256_DIGEST: &str = "purgatory_sha256_digest";

/// Slots in the region table: `KEXEC_SEGMENT_MAX` of `include/linux/kexec.h`.
pub const REGION_SLOTS: usize = 16;

/// Bytes in a SHA-256 digest.
pub const DIGEST_BYTES: usize = 32;

/// Distance in bytes from the start of a bzImage's protected-mode part to its 64-bit entry (boot protocol 2.12).
pub const ENTRY_64_OFFSET: u64 = 0x200;

/// A slot of the region table, `struct kexec_sha_region`. `{0, 0}` is a slot that is not used.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct Region {
    /// Physical address of the first byte.
    pub start: u64,
    /// Length in bytes.
    pub len: u64,
}

/// The registers of the capture kernel's entry, `struct kexec_entry64_regs`.
///
/// The order is the kernel's, which is that of the instruction encoding. kexec-tools has a table of the same size and
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
    /// What a register table holds before a loader has written it: `Default`, for statics.
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
    assert!(size_of::<Region>() == 16);
    assert!(size_of::<[Region; REGION_SLOTS]>() == 256);
    assert!(size_of::<EntryRegs>() == 17 * 8);
    assert!(core::mem::offset_of!(EntryRegs, rsp) == 4 * 8);
    assert!(core::mem::offset_of!(EntryRegs, rsi) == 6 * 8);
    assert!(core::mem::offset_of!(EntryRegs, rip) == 16 * 8);
};

//! The contract of the purgatory that the Linux kernel embeds (x86_64).
//!
//! Source: `arch/x86/purgatory/`, `arch/x86/include/asm/kexec.h`, and `kernel/kexec_file.c`, functions
//! `kexec_load_purgatory`, `kexec_purgatory_get_set_symbol` and `kexec_purgatory_get_symbol_addr`.

use crate::{DIGEST_BYTES, EntryRegs, Region};

symbols! {
    /// The entry point. It must be global, because the newest kernels look for it by name.
    ENTRY = "purgatory_start": function;
    /// The register table, [`EntryRegs`]: `bzImage64_load` reads, changes and writes it.
    ENTRY64_REGS = "entry64_regs": [EntryRegs], "global, 136 bytes, not bss",
        "the kernel reads and writes the registers of the target kernel in it; without it the load fails";
    /// The table of regions, `[Region; REGION_SLOTS]`: `kexec_calculate_store_digests` writes all of it.
    SHA_REGIONS = "purgatory_sha_regions": [[Region; REGION_SLOTS]], "global, 256 bytes, not bss",
        "the kernel writes the memory regions to verify to it; without it the load fails";
    /// One SHA-256 over all regions in order: `kexec_calculate_store_digests` writes it.
    SHA256_DIGEST = "purgatory_sha256_digest": [[u8; DIGEST_BYTES]], "global, 32 bytes, not bss",
        "the kernel writes the digest of those regions to it; without it the load fails";
    /// The end of a stack that the target kernel may start on. The kernel uses only its address.
    STACK_END = "stack_end": label, "global, loaded",
        "the kernel uses its address as the stack pointer of the target kernel; bss is allowed";
}

/// Slots in the region table: `KEXEC_SEGMENT_MAX` of `include/linux/kexec.h`.
pub const REGION_SLOTS: usize = 16;

/// Distance in bytes from the start of a bzImage's protected-mode part to its 64-bit entry (boot protocol 2.12).
pub const ENTRY_64_OFFSET: u64 = 0x200;

const _: () = assert!(size_of::<[Region; REGION_SLOTS]>() == 256);

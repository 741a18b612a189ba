//! The contract of the purgatory that the Linux kernel embeds (x86_64).
//!
//! Source: `arch/x86/purgatory/`, `arch/x86/include/asm/kexec.h`, and `kernel/kexec_file.c`, functions
//! `kexec_load_purgatory`, `kexec_purgatory_get_set_symbol` and `kexec_purgatory_get_symbol_addr`.

use crate::Region;

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

/// Distance in bytes from the start of a bzImage's protected-mode part to its 64-bit entry (boot protocol 2.12).
pub const ENTRY_64_OFFSET: u64 = 0x200;

const _: () = assert!(size_of::<[Region; REGION_SLOTS]>() == 256);

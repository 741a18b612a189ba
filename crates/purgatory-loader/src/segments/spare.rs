//! What a kernel puts into a crash image's memory by itself.

use purgatory_abi::PAGE;

/// Memory that one page of page tables maps, in pages of 2 MiB.
const GIB: u64 = 1 << 30;
/// Memory that one page of the level above maps.
const HALF_TIB: u64 = 512 * GIB;
/// The rest: the two highest levels, the control pages, four tables of the transition, and tables for what of firmware and
/// of the segments lies apart.
const OTHERS: u64 = 64;

/// At most how many bytes of a crash image's memory the kernel needs for itself, on a machine whose RAM ends at this physical
/// address: for [`Builder::spare`](super::Builder::spare).
///
/// It maps all RAM in pages of 2 MiB at least (`init_pgtable` in `arch/x86/kernel/machine_kexec_64.c`), and for a crash
/// image takes the tables' pages from the reserved region.
pub fn page_tables(ram_end: u64) -> u64 {
    (ram_end.div_ceil(GIB) + ram_end.div_ceil(HALF_TIB) + OTHERS) * PAGE
}

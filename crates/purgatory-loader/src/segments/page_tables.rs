//! Memory of the crash kernel region that the running kernel needs for itself.

use purgatory_abi::PAGE;

/// Bytes that one page of page tables maps with 2 MiB pages.
const GIB: u64 = 1 << 30;
/// Memory that one page of the level above maps.
const HALF_TIB: u64 = 512 * GIB;
/// The rest: the two highest levels, the control pages, four tables of the transition, and tables for firmware and
/// segments outside of RAM.
const OTHERS: u64 = 64;

/// Returns an upper limit of the bytes that the running kernel itself needs of the crash kernel region, on a machine
/// whose RAM ends at this physical address: for [`Builder::set_required_free`](super::Builder::set_required_free).
///
/// It maps all RAM in pages of 2 MiB or larger (`init_pgtable` in `arch/x86/kernel/machine_kexec_64.c`), and for a
/// crash image takes the tables' pages from the reserved region.
pub fn page_table_bytes(ram_end: u64) -> u64 {
    (ram_end.div_ceil(GIB) + ram_end.div_ceil(HALF_TIB) + OTHERS) * PAGE
}

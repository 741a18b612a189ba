//! An identity map as Linux makes it for a purgatory: 2 MiB pages for RAM and for nothing else.
//!
//! Source: `init_pgtable` and `init_transition_pgtable` of `arch/x86/kernel/machine_kexec_64.c`.

#![allow(unsafe_code, reason = "page tables hold each other's addresses")]

use alloc::boxed::Box;

use boot_shim::layout::LARGE_PAGE;
use x86_64::registers::control::{Cr4, Cr4Flags};

const PRESENT: u64 = 1 << 0;
const WRITABLE: u64 = 1 << 1;
const LARGE: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
/// The bits of an entry that hold an address.
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
/// Lowest bit of an address that the directory of 2 MiB pages decides on.
const DIRECTORY_SHIFT: u32 = 21;
/// Bits of an address that one level decides on.
const LEVEL_BITS: u32 = 9;

#[repr(C, align(4096))]
struct Table([u64; 512]);

impl Table {
    /// An empty table that is never freed: the processor has its address.
    fn leak() -> &'static mut Self {
        Box::leak(Box::new(Self([0; 512])))
    }
}

/// Page tables in the making, of as many levels as the shim itself runs with.
pub(crate) struct IdentityMap {
    top: &'static mut Table,
    top_shift: u32,
}

impl IdentityMap {
    /// Maps nothing.
    pub(crate) fn new() -> Self {
        let five = Cr4::read().contains(Cr4Flags::L5_PAGING);
        let levels_above = if five { 3 } else { 2 };
        Self { top: Table::leak(), top_shift: DIRECTORY_SHIFT + levels_above * LEVEL_BITS }
    }

    /// Maps all 2 MiB pages that the range touches, as Linux does.
    pub(crate) fn map(&mut self, start: u64, end: u64) {
        let mut page = start & !(LARGE_PAGE - 1);
        while page < end {
            *self.entry(page) = page | PRESENT | WRITABLE | LARGE;
            page += LARGE_PAGE;
        }
    }

    /// Unmaps the 2 MiB page at `page`.
    pub(crate) fn unmap(&mut self, page: u64) {
        *self.entry(page) = 0;
    }

    /// Takes the right to execute from the 2 MiB page at `page`.
    pub(crate) fn forbid_execution(&mut self, page: u64) {
        *self.entry(page) |= NO_EXECUTE;
    }

    /// The value for CR3.
    pub(crate) fn cr3(self) -> u64 {
        &raw const *self.top as u64
    }

    fn entry(&mut self, page: u64) -> &mut u64 {
        let mut table = &mut *self.top;
        let mut shift = self.top_shift;
        loop {
            let entry = &mut table.0[(page >> shift) as usize % 512];
            if shift == DIRECTORY_SHIFT {
                return entry;
            }
            if *entry & PRESENT == 0 {
                *entry = &raw mut *Table::leak() as u64 | PRESENT | WRITABLE;
            }
            let next = (*entry & ADDRESS) as *mut Table;
            // SAFETY: the entry holds the address of a leaked table, which only this value refers to.
            table = unsafe { &mut *next };
            shift -= LEVEL_BITS;
        }
    }
}

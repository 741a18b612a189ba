//! Compares the ranges in an elfcorehdr with each other and with the memory map of the capture kernel.

use super::{LOAD, NOTE, ProgramHeader};
use crate::memory::Memory;
use purgatory_abi::boot::{BOOT_PARAMS_BYTES, BootParams, E820Entry, HEADER_MAGIC};
use zerocopy::FromBytes;

impl ProgramHeader {
    /// Whether it describes memory as `crash_prepare_elf64_headers` (`kernel/crash_core.c`) does: the capture kernel reads
    /// it at its physical address.
    fn is_consistent(&self) -> bool {
        matches!(self.kind.get(), LOAD | NOTE)
            && self.offset == self.physical_address
            && self.file_bytes == self.memory_bytes
            && self.end() > self.physical_address.get()
    }

    /// Returns the physical address after its last byte.
    fn end(&self) -> u64 {
        self.physical_address.get().wrapping_add(self.memory_bytes.get())
    }

    /// Whether it shares a byte with this memory.
    fn overlaps(&self, start: u64, len: u64) -> bool {
        self.physical_address.get() < start.wrapping_add(len) && start < self.end()
    }

    /// Whether all of `other` is in it.
    fn contains(&self, other: &Self) -> bool {
        self.physical_address.get() <= other.physical_address.get() && other.end() <= self.end()
    }

    /// Returns the virtual address of physical address 0.
    fn virtual_offset(&self) -> u64 {
        self.virtual_address.get().wrapping_sub(self.physical_address.get())
    }
}

/// Returns the memory map of the capture kernel; empty if there is none at `boot_params`.
#[inline(never)]
pub(super) fn memory_map<M: Memory>(boot_params: u64, memory: &M) -> &[E820Entry] {
    let page = memory.whole(boot_params, BOOT_PARAMS_BYTES as u64).unwrap_or_default();
    let Ok(page) = BootParams::ref_from_bytes(page) else { return &[] };
    if page.hdr.header != HEADER_MAGIC {
        return &[];
    }
    page.e820_table.get(..page.e820_entries.into()).unwrap_or_default()
}

/// Returns the index of the first program header that contradicts the others. Those before `ram` are of notes and of the
/// crashed kernel, the others of RAM, which contains them.
///
/// RAM is sorted and has one mapping. Nothing in it is in `map`: the capture kernel's own memory is not dumped, and the
/// rest of its map is no RAM (`crash_setup_memmap_entries` and `elf_header_exclude_ranges` of
/// `arch/x86/kernel/crash.c`).
#[inline(never)]
pub(super) fn inconsistent(
    programs: &[ProgramHeader],
    ram: usize,
    map: &[E820Entry],
) -> Option<usize> {
    let all_ram = programs.get(ram..).unwrap_or_default();
    let mut end = 0;
    for (index, program) in programs.iter().enumerate() {
        let fits = if index < ram {
            all_ram.iter().any(|ram| ram.contains(program))
        } else {
            let follows = program.physical_address.get() >= end;
            end = program.end();
            let [first, ..] = all_ram else { return None };
            follows
                && program.kind == LOAD
                && program.virtual_offset() == first.virtual_offset()
                && !map.iter().any(|of| program.overlaps(of.address.get(), of.size.get()))
        };
        if !(fits && program.is_consistent()) {
            return Some(index);
        }
    }
    None
}

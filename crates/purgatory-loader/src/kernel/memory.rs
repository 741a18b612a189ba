//! The memory map of a capture kernel.

use crate::machine::{E820Entry, E820Kind};
use crate::segments::without;
use alloc::vec::Vec;
use core::ops::Range;
use core::slice;
use purgatory_abi::{PAGE, boot};

/// Up to where all RAM is the capture kernel's: it needs some there for its other processors and for BIOS data.
const LOW_END: u64 = 1 << 20;

/// What a capture kernel is told of the machine's memory: the low 1 MiB, what is ACPI's, what is reserved, and of RAM only
/// `regions`, without elfcorehdr. All ranges are half-open and of physical bytes; the map is sorted by address.
///
/// As `crash_setup_memmap_entries` of `arch/x86/kernel/crash.c` does, but for the order. That reads the kernel's resources
/// (`/proc/iomem`), which were made of the same map as `machine`.
pub fn crash_memory(
    machine: &[E820Entry],
    regions: &[Range<u64>],
    elfcorehdr: &Range<u64>,
) -> Vec<E820Entry> {
    let of_machine = machine.iter().filter_map(|entry| match entry.kind {
        E820Kind::Ram => {
            let end = entry.start.saturating_add(entry.size).min(LOW_END);
            let size = end.checked_sub(entry.start).filter(|&size| size != 0)?;
            Some(E820Entry { size, ..*entry })
        }
        E820Kind::Acpi | E820Kind::Nvs | E820Kind::Reserved => Some(*entry),
        _ => None,
    });
    let regions = without(regions, slice::from_ref(elfcorehdr));
    let regions = regions.iter().filter_map(|range| {
        let size = range.end.checked_sub(range.start).filter(|&size| size >= PAGE)?;
        Some(E820Entry { start: range.start, size, kind: E820Kind::Ram })
    });
    let mut map: Vec<_> = of_machine.chain(regions).collect();
    map.sort();
    map
}

/// An entry of the map as `boot_params` has it.
pub(super) fn entry(entry: &E820Entry) -> boot::E820Entry {
    let E820Entry { start, size, kind } = *entry;
    boot::E820Entry { address: start.into(), size: size.into(), kind: (kind as u32).into() }
}

/// KiB of RAM above 1 MiB, in the last range that begins at or below and ends above it; 0 if there is none.
pub(super) fn extended_kib(map: &[E820Entry]) -> u64 {
    let around = |entry: &&E820Entry| {
        let end = entry.start.saturating_add(entry.size);
        entry.kind == E820Kind::Ram && entry.start <= LOW_END && end > LOW_END
    };
    let last = map.iter().rfind(around);
    last.map_or(0, |entry| (entry.start.saturating_add(entry.size) - 1 - LOW_END) >> 10)
}

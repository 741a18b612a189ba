//! The memory map of a capture kernel.

use crate::machine::{E820Entry, E820Kind};
use crate::segments::without;
use alloc::vec::Vec;
use core::ops::Range;
use core::slice;
use purgatory_abi::{PAGE, boot};

/// The end of the low RAM that the capture kernel always gets: it needs some for its other CPUs and for BIOS data.
const LOW_END: u64 = 1 << 20;

/// Returns the memory map for a capture kernel: the low 1 MiB, ACPI memory, reserved memory, and of RAM only `regions`,
/// without elfcorehdr. All ranges are half-open and physical; the map is sorted by address.
///
/// It matches `crash_setup_memmap_entries` in `arch/x86/kernel/crash.c`, except for the order. That function reads the
/// kernel's resources (`/proc/iomem`), which were made from the same map as `machine`.
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

/// Converts an entry of the map to the format of `boot_params`.
pub(super) fn entry(entry: &E820Entry) -> boot::E820Entry {
    let E820Entry { start, size, kind } = *entry;
    boot::E820Entry { address: start.into(), size: size.into(), kind: (kind as u32).into() }
}

/// Returns the KiB of RAM above 1 MiB, in the last range that starts at or below 1 MiB and ends above it, or 0.
pub(super) fn extended_kib(map: &[E820Entry]) -> u64 {
    let around = |entry: &&E820Entry| {
        let end = entry.start.saturating_add(entry.size);
        entry.kind == E820Kind::Ram && entry.start <= LOW_END && end > LOW_END
    };
    let last = map.iter().rfind(around);
    last.map_or(0, |entry| (entry.start.saturating_add(entry.size) - 1 - LOW_END) >> 10)
}

//! A load without a panic: is everything where the tables say?

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use purgatory_abi::linux::ENTRY_64_OFFSET;

use super::case::Purgatory;
use super::faults::Loaded;
use super::state::State;
use crate::guest::{blob, purgatory};
use crate::workspace;

/// Compares the kernel's placement of a loaded crash image with that of `purgatory-loader`, byte by byte, and the tables with
/// the segments that are found by their content.
///
/// # Errors
/// A difference, which is named.
pub fn check(state: &Arc<State>, embedded: Purgatory) -> Result<()> {
    let name = format!("linux-{}-{}-placement", state.setup().kernel.name, embedded.name());
    let guest = state.start(&workspace::runs().join(name), None)?;
    let object = blob::embedded(&guest)?;
    let region = || guest.facts.crash_region.clone();
    let loaded = purgatory::find(&guest.memory, region(), &object)?;

    ensure!(loaded.verifies(&guest.memory)?, "the digest does not match the regions");
    let segments = Loaded::find(&guest, state)?.segments;
    let registers = loaded.registers;
    ensure!(registers.rip == segments.kernel.start + ENTRY_64_OFFSET, "rip: {registers:x?}");
    ensure!(registers.rsi == segments.boot_params.start, "rsi: {registers:x?}");
    let digested = |range: &std::ops::Range<u64>| {
        let holds = |start: u64, len: u64| start <= range.start && range.end <= start + len;
        loaded.regions.iter().any(|region| holds(region.start, region.len))
    };
    for range in [&segments.kernel, &segments.initrd, &segments.boot_params, &segments.command_line]
    {
        ensure!(digested(range), "{range:x?} is not in the digest");
    }
    let elfcorehdr = digested(&segments.elfcorehdr);
    ensure!(elfcorehdr != guest.facts.crash_hotplug, "elfcorehdr digested: {elfcorehdr}");

    // The comparison sees a change of any kind.
    let at = loaded.range.start.midpoint(loaded.range.end);
    let byte = guest.memory.read(at..at + 1)?[0];
    guest.memory.write(at, &[!byte])?;
    let seen = purgatory::find(&guest.memory, region(), &object);
    ensure!(seen.is_err(), "a changed purgatory is found as an intact one");
    guest.memory.write(at, &[byte])?;
    purgatory::find(&guest.memory, region(), &object).context("after the change was undone")?;
    let at = segments.initrd.start;
    guest.memory.write(at, b"x")?;
    ensure!(!loaded.verifies(&guest.memory)?, "a changed initrd has the same digest");
    Ok(())
}

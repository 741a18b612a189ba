//! What the capture kernel is told to dump, as our loader has it and as Linux's own has it.

use anyhow::{Context, Result, ensure};

use super::case::{Image, Machine};
use super::cases::PANIC;
use super::setup::{self, Setup, TOOL_LIMIT};
use crate::crash::setup::MARKER;
use crate::guest::first::First;
use crate::guest::segments;
use crate::workspace;

/// Loads the same crash kernel with `kexec -s`, for which Linux makes elfcorehdr, and with `purgatory load`, in one machine
/// with four processors, and compares the bytes.
///
/// # Errors
/// A byte differs.
pub fn as_linux(setup: &Setup) -> Result<()> {
    let folder = workspace::runs().join(format!("native-{}-elfcorehdr", setup.kernel.name));
    let first = setup.start(Machine::Processors4, Image::BzImage, None, &folder, None)?;
    let linux = loaded(setup, &first, "kexec -s -p").context("with kexec -s")?;
    first.run("kexec -p -u", TOOL_LIMIT)?;
    // What is left of one image is not to be taken for the other.
    let region = &first.facts.crash_region;
    let zeros = vec![0; usize::try_from(region.end - region.start)?];
    first.memory.write(region.start, &zeros)?;
    let ours = loaded(setup, &first, "purgatory load --panic").context("with purgatory load")?;
    ensure!(linux.len() == ours.len(), "Linux has {} bytes, and we {}", linux.len(), ours.len());
    let differs = linux.iter().zip(&ours).position(|(linux, ours)| linux != ours);
    ensure!(differs.is_none(), "byte {differs:?} differs:\n{linux:02x?}\n{ours:02x?}");
    Ok(())
}

/// elfcorehdr's headers.
fn loaded(setup: &Setup, first: &First, loader: &str) -> Result<Vec<u8>> {
    first.run(&setup::command(loader, &PANIC), TOOL_LIMIT)?;
    let (files, region) = (setup.files()?, first.facts.crash_region.clone());
    let (vmlinuz, initrd) = (&files.vmlinuz, &files.initrd);
    let segments = segments::find(&first.memory, region, vmlinuz, initrd, MARKER)?;
    first.memory.read(segments.elfcorehdr)
}

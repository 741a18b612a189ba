//! One run, from power-on to the end.

use std::time::Instant;

use anyhow::{Context, Result};

use super::case::{Case, Changed, Purgatory, Start};
use super::outcome::Outcome;
use super::setup::{self, MARKER, Setup};
use super::watch;
use crate::guest::first::{Facts, First};
use crate::guest::segments::{self, Segments};
use crate::guest::{blob, purgatory};
use crate::workspace;

/// RAM of a run: enough for 256 MiB of crash region and the first kernel's files twice.
const MEMORY: u64 = 1 << 30;

/// RAM of a run in which the kernel is to find room above 4 GiB, as 6.12 does.
const MEMORY_ABOVE_4G: u64 = 6 << 30;

/// Runs a case and tells what was seen, and what the first kernel told of itself. `live`: what each serial line is printed behind, when it arrives.
///
/// # Errors
/// The run did not come to an end that can be told: the machine did not start, nothing could be loaded, a segment was
/// not found, or nothing happened within the limits. The error holds the last lines of the serial log.
pub fn run(
    setup: &Setup,
    purgatory: Purgatory,
    case: &Case,
    live: Option<&str>,
) -> Result<(Outcome, Facts)> {
    let name = format!("{}-{}-{}", setup.kernel.name, purgatory.name(), case.name);
    let folder = workspace::runs().join(name);
    let (memory, kind) = match case.start {
        Start::Panic => (MEMORY, "-p"),
        Start::Exec => (MEMORY_ABOVE_4G, "-l"),
    };
    let mut first = setup.start(purgatory, memory, &folder, live)?;
    setup::load(&first, kind, &format!("console=ttyS{} {}", case.console, case.words))?;

    let mut place = None;
    if case.start == Start::Panic {
        let object = blob::embedded(&first)?;
        let region = first.facts.crash_region.clone();
        place = Some(purgatory::find(&first.memory, region, &object)?.range);
        if let Some(changed) = case.changed {
            change(&first, &find_segments(setup, &first)?, changed)?;
        }
    }

    let started = Instant::now();
    first.vm.serial(0).send(match case.start {
        Start::Panic => "echo c > /proc/sysrq-trigger",
        Start::Exec => "kexec -e",
    })?;
    let outcome = watch::until_the_end(&mut first, case.start, started, place)
        .with_context(|| format!("the logs are in {}", folder.display()))?;
    Ok((outcome, first.facts))
}

/// Where the segments of the loaded crash image are.
pub(super) fn find_segments(setup: &Setup, first: &First) -> Result<Segments> {
    let files = setup.files()?;
    let region = first.facts.crash_region.clone();
    segments::find(&first.memory, region, &files.vmlinuz, &files.initrd, MARKER)
}

/// Changes one bit of a segment.
fn change(first: &First, segments: &Segments, changed: Changed) -> Result<()> {
    let at = place(first, segments, changed)?;
    flip(first, at)
}

/// Changes the lowest bit of a byte of the guest's RAM.
pub(crate) fn flip(first: &First, at: u64) -> Result<()> {
    let byte = first.memory.read(at..at + 1)?[0];
    first.memory.write(at, &[byte ^ 1])
}

/// The byte of a segment that is to be changed.
pub(crate) fn place(first: &First, segments: &Segments, changed: Changed) -> Result<u64> {
    Ok(match changed {
        Changed::Kernel => segments.kernel.start.midpoint(segments.kernel.end),
        Changed::Initrd => segments.initrd.start.midpoint(segments.initrd.end),
        Changed::BootParams => segments.boot_params.end - 1,
        Changed::CommandLine => {
            let line = first.memory.read(segments.command_line.clone())?;
            let word = memchr::memmem::find(&line, MARKER.as_bytes()).context("no marker")?;
            segments.command_line.start + (word + MARKER.len() - 1) as u64
        }
        // p_align, the last field of a program header, is 8 bytes.
        Changed::Elfcorehdr => segments.elfcorehdr.end - 8,
    })
}

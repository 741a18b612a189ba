//! One run, from power-on to the end.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use boot_shim::end as shim;
use purgatory_abi::status::Status;
use purgatory_abi::verdict;
use serde_json::json;

use super::case::{Case, Changed, Image, Machine};
use super::seen::{End, Place, Seen, words};
use super::segments::{LOW, copy_of_low, setup_data};
use super::setup::{self, Setup};
use crate::crash::case::{Purgatory, Start};
use crate::crash::outcome::{self, Outcome};
use crate::crash::run::{flip, place};
use crate::crash::setup::MARKER;
use crate::crash::watch;
use crate::guest::first::First;
use crate::guest::segments::{self, Segments};
use crate::workspace;

/// What stands in low memory when the first kernel dies, and later, when the copy of it is all that counts.
const BEFORE: &[u8; 16] = b"the dead kernel.";
const AFTER: &[u8; 16] = b"the next kernel.";

/// From the panic to the capture kernel's first process.
const CAPTURE_LIMIT: Duration = Duration::from_secs(120);

/// How long a run is watched that is expected not to end: it takes a quarter of that where it ends.
const STALL_LIMIT: Duration = Duration::from_secs(40);

/// A VGA adapter's text memory: rows of characters with an attribute each.
const SCREEN: u64 = 0xb8000;
const COLUMNS: usize = 80;
const ROWS: usize = 25;

/// Runs a case, and tells what was seen and what the serial ports said last.
///
/// # Errors
/// The machine did not start, a segment was not found, or low memory is not in the dump as it was. The error holds the
/// last lines of the serial ports.
pub fn run(setup: &Setup, purgatory: Purgatory, case: &Case) -> Result<(Seen, String)> {
    let name = format!("kexec-{}-{}-{}", setup.kernel.name, purgatory.name(), case.name);
    let folder = workspace::runs().join(name);
    let mut first = setup.start(purgatory, case, &folder)?;
    let saves = saves_low_memory(case);
    let words = if saves { format!("low={LOW}") } else { String::new() };
    if let Err(error) = setup::load(&first, case, &words) {
        let status = first.vm.serial(0).lines().pop().map(|line| line.text);
        if status.is_some_and(|status| status.starts_with("guest: status ")) {
            return Ok((Seen { end: End::Refused, says: Vec::new() }, format!("{error:#}")));
        }
        return Err(error);
    }
    let stalls = case.expected(purgatory).end == End::Stalls;
    let limit = if stalls { STALL_LIMIT } else { watch::LIMIT };
    let seen = until_the_end(setup, case, &mut first, limit);
    let tails = watch::tails(&first.vm);
    let seen = seen.with_context(|| format!("the logs are in {}:\n{tails}", folder.display()))?;
    Ok((seen, tails))
}

fn until_the_end(setup: &Setup, case: &Case, first: &mut First, limit: Duration) -> Result<Seen> {
    let region = first.facts.crash_region.clone();
    let mut copy = None;
    if case.start == Start::Panic {
        let files = setup.files()?;
        let (vmlinuz, initrd) = (&files.vmlinuz, &files.initrd);
        let segments = segments::find(&first.memory, region.clone(), vmlinuz, initrd, MARKER)?;
        if let Some(changed) = case.changed {
            change(first, &segments, changed)?;
        }
        if saves_low_memory(case) {
            copy = Some(copy_of_low(&first.memory, &segments)?);
            first.memory.write(LOW, BEFORE)?;
        }
    }

    let started = Instant::now();
    first.vm.serial(0).send(match case.start {
        Start::Panic => "echo c > /proc/sysrq-trigger",
        Start::Exec => "kexec -e",
    })?;
    if let Some(copy) = copy {
        let up = |line: &str| line.starts_with("guest: capture kernel ");
        first.vm.serial(0).wait_for(0, CAPTURE_LIMIT, "the capture kernel was up", up)?;
        ensure!(first.memory.read(copy..copy + 16)? == BEFORE, "low memory was not saved");
        // What the dump is to show is the copy.
        first.memory.write(LOW, AFTER)?;
    }
    let place = (case.start == Start::Panic).then_some(region);
    let end = watch::end(first, place.as_ref(), started + limit)?;
    let shows = case.machine.has_vga() && end != Some(outcome::End::Left);
    let screen = if shows { screen(first)? } else { Vec::new() };
    let end = match end {
        Some(end) => {
            let outcome = watch::outcome(first, case.start, started, end)?;
            let unnamed = outcome.reports.iter().find_map(|report| unnamed_in(report));
            ensure!(unnamed.is_none(), "a report has no region with {unnamed:?}");
            ending(setup, case, first, &outcome)?
        }
        None => End::Stalls,
    };
    if copy.is_some() {
        let low = line(first, "guest: low memory ").context("the dump has no low memory")?;
        ensure!(low.as_bytes() == BEFORE, "low memory in the dump: {low}");
    }

    let mut says = Vec::new();
    for (port, place) in [Place::TtyS0, Place::TtyS1].into_iter().enumerate() {
        let lines = first.vm.serial(port).lines();
        says.extend(words(place, lines.iter().map(|line| line.text.as_str()))?);
    }
    says.extend(words(Place::Vga, screen.iter().map(String::as_str))?);
    Ok(Seen { end, says })
}

/// A segment that a report of a mismatch does not name.
fn unnamed_in(report: &[String]) -> Option<&'static str> {
    let mismatch = report
        .iter()
        .any(|line| verdict::value(line, verdict::key::STATUS) == Some(Status::Mismatch.name()));
    if mismatch { outcome::unnamed(report) } else { None }
}

/// Whether the run is to show that the purgatory saves low memory: wherever a dump is taken, but under UEFI, whose own
/// memory may be there.
fn saves_low_memory(case: &Case) -> bool {
    case.start == Start::Panic && case.changed.is_none() && case.machine != Machine::Uefi
}

fn change(first: &First, segments: &Segments, changed: Changed) -> Result<()> {
    let at = match changed {
        Changed::Segment(segment) => place(first, segments, segment)?,
        Changed::Backup => copy_of_low(&first.memory, segments)?,
        Changed::SetupData => setup_data(&first.memory, segments)?,
    };
    flip(first, at)
}

/// How the run ended.
fn ending(setup: &Setup, case: &Case, first: &First, outcome: &Outcome) -> Result<End> {
    let up = match case.image {
        Image::BzImage | Image::Vmlinux => {
            let release = &setup.files()?.release;
            let other = outcome.kernel.as_ref().filter(|kernel| *kernel != release);
            ensure!(other.is_none(), "another kernel came up: {other:?}");
            outcome.kernel.is_some()
        }
        Image::Multiboot => shim_passed(first, "multiboot1"),
        Image::Multiboot2 => shim_passed(first, "multiboot2"),
    };
    let told = || line(first, "guest: command line ").is_some_and(|line| line.contains(MARKER));
    let dumped = outcome.dump.as_ref().is_some_and(|dump| dump.starts_with("status=0 bytes="));
    Ok(match (outcome.end, case.start, case.image) {
        (outcome::End::Spinning, ..) => End::Spins,
        (outcome::End::Halted, ..) => End::Halts,
        (outcome::End::Left, ..) if !up => End::Resets,
        (_, Start::Panic, _) if !dumped => End::NoDump,
        (_, Start::Exec, Image::BzImage | Image::Vmlinux) if !told() => End::BootsWithoutLine,
        _ => End::Boots,
    })
}

/// Whether the boot shim was started as the protocol promises.
fn shim_passed(first: &First, protocol: &str) -> bool {
    let passed = format!("shim: {}{}", shim::End::LINE, shim::End::Passed.name());
    line(first, &format!("shim: {} ", protocol)).is_some() && line(first, &passed).is_some()
}

/// What stands behind `start` in the first line on ttyS0 that has it.
fn line(first: &First, start: &str) -> Option<String> {
    let lines = first.vm.serial(0).lines();
    lines.iter().find_map(|line| Some(line.text.strip_prefix(start)?.to_owned()))
}

/// The lines on the screen. A row that is full to its end goes on in the next.
fn screen(first: &mut First) -> Result<Vec<String>> {
    let file = first.vm.folder().join("screen.bin");
    let (size, filename) = (COLUMNS * ROWS * 2, file.display().to_string());
    let ask = json!({ "val": SCREEN, "size": size, "filename": filename });
    first.vm.qmp()?.command("pmemsave", ask)?;
    let cells = fs::read(&file).context("cannot read the screen")?;
    ensure!(cells.len() == size, "the screen has {} bytes", cells.len());
    Ok(text_of(&cells))
}

fn text_of(cells: &[u8]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut full = false;
    for row in cells.chunks_exact(COLUMNS * 2) {
        let row: String = row.iter().step_by(2).map(|byte| char::from(*byte)).collect();
        match lines.last_mut() {
            Some(last) if full => last.push_str(&row),
            _ => lines.push(row.clone()),
        }
        full = !row.ends_with([' ', '\0']);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_row_of_the_screen_goes_on_in_the_next() {
        let mut text = "x".repeat(COLUMNS) + "y";
        text.push_str(&" ".repeat(COLUMNS * ROWS - text.len()));
        text.replace_range(COLUMNS * 2..COLUMNS * 2 + 3, "end");
        let cells: Vec<u8> = text.bytes().flat_map(|byte| [byte, 7]).collect();
        let lines = text_of(&cells);
        assert_eq!(lines[0].trim_end(), "x".repeat(COLUMNS) + "y");
        assert_eq!(lines[1].trim_end(), "end");
        assert_eq!(lines.len(), ROWS - 1);
    }
}

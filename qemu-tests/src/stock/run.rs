//! One run: a machine in which the target kernel is loaded, faults, the start, the end.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use purgatory_abi::report::PREFIX;
use serde_json::json;

use super::case::{Case, Purgatory, Start};
use super::evidence::Evidence;
use super::faults::{Change, Loaded, inject_in_copies};
use super::kexec_tools::{LOW, copy_of_low};
use super::load::{self, saves_low_memory};
use super::seen::{End, Seen};
use super::site::Site;
use super::state::State;
use super::{screen, watch};
use crate::guest::running::Guest;
use crate::qemu::Line;
use crate::workspace;

/// The contents of low memory when the running kernel panics, and later, when only its copy counts.
const BEFORE: &[u8; 16] = b"the dead kernel.";
const AFTER: &[u8; 16] = b"the next kernel.";

/// From the panic to the capture kernel's first process.
const CAPTURE_LIMIT: Duration = Duration::from_secs(120);

/// How long a run is watched that is expected not to end: it takes a quarter of that where it ends.
const STALL_LIMIT: Duration = Duration::from_secs(40);

/// Bytes of the disk that a dump is written to. Unwritten blocks take no room.
const DISK_BYTES: u64 = 1 << 30;

/// Writes 5 to register 6 of the VGA's graphics controller: graphics, and its memory at 0xa0000 only.
const GRAPHICS: [&str; 2] = ["o /b 0x3ce 6", "o /b 0x3cf 5"];

/// Runs a case from `state`, in which the image is loaded, and compares the result with the expected one. Returns it,
/// and the lines of the reports. `live` is the prefix with which each serial line is printed when it arrives.
///
/// # Errors
/// Something is not as expected, or did not happen within the limits; the error holds the last lines of the serial
/// ports.
pub fn run(
    case: &'static Case,
    purgatory: Purgatory,
    state: &Arc<State>,
    live: Option<&str>,
) -> Result<(Seen, Vec<String>)> {
    let directory = directory(case, purgatory, state);
    let place = || format!("the logs are in {}", directory.display());
    let wanted = case.run(purgatory).context("the case has no run with this purgatory")?;
    if let end @ End::Refused(status) = wanted.expected.end {
        state.refuses(&directory, status).with_context(place)?;
        return Ok((Seen { end, lines: Vec::new() }, Vec::new()));
    }
    let guest = state.start(&directory, live).with_context(place)?;
    let stalls = wanted.expected.end == End::Stalls;
    let mut run = Run { case, purgatory, stalls, guest, state, changes: Vec::new() };
    let seen = run.until_the_end(&directory);
    let tails = watch::tails(&run.guest.vm);
    let seen = seen.with_context(|| format!("{}:\n{tails}", place()))?;
    let expected = case.expected(wanted, &run.guest.facts);
    seen.check(&expected).with_context(|| format!("{}:\n{tails}", place()))?;
    let reports = run.guest.vm.serial(0).lines().into_iter().chain(run.guest.vm.serial(1).lines());
    let reports: Vec<String> =
        reports.map(|line| line.text).filter(|line| line.contains(PREFIX)).collect();
    Ok((seen, reports))
}

/// Where the dump of a case is after its run.
#[must_use]
pub fn dump(case: &Case, state: &State) -> PathBuf {
    directory(case, Purgatory::Ours, state).join("vmcore")
}

fn directory(case: &Case, purgatory: Purgatory, state: &State) -> PathBuf {
    let (loader, kernel) = (case.loader.name(), &state.setup().kernel.name);
    workspace::runs().join(format!("{loader}-{kernel}-{}-{}", purgatory.name(), case.name))
}

struct Run<'a> {
    case: &'static Case,
    purgatory: Purgatory,
    /// Whether it is expected not to end.
    stalls: bool,
    guest: Guest,
    state: &'a State,
    changes: Vec<Change>,
}

impl Run<'_> {
    fn until_the_end(&mut self, directory: &Path) -> Result<Seen> {
        let case = self.case;
        let disk = directory.join("vmcore");
        if case.read {
            self.plug_disk(&disk)?;
        }
        if case.graphics {
            for line in GRAPHICS {
                self.guest.vm.qmp()?.monitor(line)?;
            }
        }
        let site = Site::of(case, self.purgatory, &self.guest)?;
        let mut copy = None;
        if case.start == Start::Panic {
            let loaded = Loaded::find(&self.guest, self.state)?;
            for fault in case.faults {
                self.changes.push(loaded.inject(&self.guest.memory, fault)?);
            }
            if saves_low_memory(case) && case.faults.is_empty() {
                copy = Some(copy_of_low(&self.guest.memory, &loaded.segments)?);
                self.guest.memory.write(LOW, BEFORE)?;
            }
        }

        if case.start == Start::Exec && !case.faults.is_empty() {
            let image = self.state.setup().image(case.image)?;
            let image = image.context("faults of a normal kexec need an image of their own")?;
            for fault in case.faults {
                inject_in_copies(&self.guest.memory, case.machine.ram, &image, fault)?;
            }
        }

        let started = Instant::now();
        self.guest.vm.serial(0).send(&load::start(case, self.purgatory))?;
        if let Some(copy) = copy {
            let serial = self.guest.vm.serial(0);
            let up = |line: &str| line.starts_with("guest: capture kernel ");
            serial.wait_for(0, CAPTURE_LIMIT, "the capture kernel was up", up)?;
            let memory = &self.guest.memory;
            ensure!(memory.read(copy..copy + 16)? == BEFORE, "low memory was not saved");
            // The dump must have the copy.
            memory.write(LOW, AFTER)?;
        }
        let limit = if self.stalls { STALL_LIMIT } else { watch::LIMIT };
        let end = watch::end(&mut self.guest, site.as_ref(), started + limit)?;
        let ended = Instant::now();
        let screen = match end {
            End::Resets => Vec::new(),
            _ if case.machine.vga => screen::lines(&mut self.guest)?,
            _ => Vec::new(),
        };
        self.guest.vm.kill();
        let ports: Vec<Vec<Line>> = (0..watch::PORTS)
            .map(|port| self.guest.vm.serial(port).finish())
            .collect::<Result<_>>()?;
        let evidence = Evidence { end, started, ended, ports, screen };
        if copy.is_some() {
            let low = evidence.after("guest: low memory ").context("the dump has no low memory")?;
            ensure!(low.as_bytes() == BEFORE, "low memory in the dump: {low}");
        }
        if case.read {
            let bytes = evidence.dumped_bytes().context("the dump has no length")?;
            cut(&disk, bytes)?;
        }
        evidence.seen(case, &self.state.setup().files()?.release, &self.changes)
    }

    /// Plugs in an empty disk: a machine that has it cannot be saved.
    fn plug_disk(&mut self, disk: &Path) -> Result<()> {
        let file = File::create(disk).with_context(|| format!("cannot make {}", disk.display()))?;
        file.set_len(DISK_BYTES).context("cannot size the disk")?;
        let qmp = self.guest.vm.qmp()?;
        let file = json!({ "driver": "file", "filename": disk.display().to_string() });
        let cache = json!({ "direct": false, "no-flush": true });
        let node = json!({ "driver": "raw", "node-name": "disk", "file": file, "cache": cache });
        qmp.command("blockdev-add", node)?;
        qmp.command("device_add", json!({ "driver": "nvme", "drive": "disk", "serial": "dump" }))?;
        Ok(())
    }
}

/// Cuts the disk off where the dump on it ends.
fn cut(disk: &Path, bytes: u64) -> Result<()> {
    let file = OpenOptions::new().write(true).open(disk).context("cannot open the dump")?;
    let all = file.metadata().context("cannot read the size of the dump")?.len();
    ensure!(0 < bytes && bytes <= all, "the dump has {bytes} bytes");
    file.set_len(bytes).context("cannot cut the dump")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_the_disk_to_the_length_of_the_dump() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(100).unwrap();
        assert!(cut(file.path(), 101).is_err());
        assert!(cut(file.path(), 0).is_err());
        cut(file.path(), 99).unwrap();
        assert_eq!(file.as_file().metadata().unwrap().len(), 99);
    }
}

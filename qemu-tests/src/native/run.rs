//! One run, from power-on to the end.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use purgatory_abi::Loader;
use purgatory_abi::status::{Action, Status};
use purgatory_abi::verdict::{self, key};

use super::case::Case;
use super::damage::{self, Flip};
use super::report;
use super::setup::{self, Setup, TOOL_LIMIT};
use crate::crash::case::Start;
use crate::crash::outcome::{End, Outcome};
use crate::crash::setup::MARKER;
use crate::crash::watch;
use crate::guest::segments;
use crate::workspace;

/// Which loader's contract the purgatory is for, in the verdict.
const DOOR: &str = Loader::Native.name();

/// Runs a case, holds what was seen against what is expected, and tells it. `live`: what each serial line is printed behind,
/// when it arrives.
///
/// # Errors
/// The run did not come to an end that can be told, or to another one than expected. The error holds what was seen, or the
/// last lines of the serial log.
pub fn run(setup: &Setup, case: &Case, live: Option<&str>) -> Result<Outcome> {
    let folder = folder(setup, case);
    let disk = case.read.then(|| dump(setup, case));
    let mut first = setup.start(case.machine, case.image, disk.as_deref(), &folder, live)?;
    first.run(&setup::load(case), TOOL_LIMIT)?;
    if case.read {
        // Half of what would be in the dump, and takes half the time.
        first.run("rm /boot/*", TOOL_LIMIT)?;
    }

    let (mut place, mut flips) = (None, Vec::new());
    if case.start == Start::Panic {
        let region = || first.facts.crash_region.clone();
        let purgatory = damage::find(&first.memory, region())?;
        let (files, memory) = (setup.files()?, &first.memory);
        let segments = segments::find(memory, region(), &files.vmlinuz, &files.initrd, MARKER)?;
        flips = damage::change(&first, case, &purgatory, &segments)?;
        place = Some(purgatory);
    }

    let started = Instant::now();
    first.vm.serial(0).send(match case.start {
        Start::Panic => "echo c > /proc/sysrq-trigger",
        Start::Exec => "purgatory exec",
    })?;
    let outcome = watch::until_the_end(&mut first, case.start, started, place)
        .with_context(|| format!("the logs are in {}", folder.display()))?;
    let release = &setup.files()?.release;
    check(&outcome, case, &flips, release)
        .with_context(|| format!("not as expected: {outcome:#?}"))?;
    if let Some(disk) = disk {
        cut(&disk, &outcome)?;
    }
    Ok(outcome)
}

/// Where the dump of a case is after its run.
#[must_use]
pub fn dump(setup: &Setup, case: &Case) -> PathBuf {
    folder(setup, case).join("vmcore")
}

fn folder(setup: &Setup, case: &Case) -> PathBuf {
    workspace::runs().join(format!("native-{}-{}", setup.kernel.name, case.name))
}

/// Cuts the disk off where the dump on it ends.
fn cut(disk: &Path, outcome: &Outcome) -> Result<()> {
    let bytes = outcome.dump.as_ref().and_then(|dump| dump.rsplit('=').next()?.parse().ok());
    let bytes: u64 = bytes.context("the dump has no length")?;
    let file = OpenOptions::new().write(true).open(disk).context("cannot open the dump")?;
    let all = fs::metadata(disk).context("cannot look at the dump")?.len();
    ensure!(0 < bytes && bytes <= all, "the dump has {bytes} bytes");
    file.set_len(bytes).context("cannot cut the dump")
}

fn check(outcome: &Outcome, case: &Case, flips: &[Flip], release: &str) -> Result<()> {
    let started = case.starts.then_some(release);
    ensure!(outcome.kernel.as_deref() == started, "the loaded kernel");
    let dumped = outcome.dump.as_ref().is_some_and(|dump| dump.starts_with("status=0 bytes="));
    ensure!(dumped == (case.starts && case.start == Start::Panic), "the dump");
    let end = match case.verdict {
        Some((_, Action::Halt)) => End::Halted,
        _ => End::Left,
    };
    ensure!(outcome.end == end, "the end");
    for (port, lines) in outcome.reports.iter().enumerate() {
        match case.verdict {
            Some(verdict) if port == case.console => check_report(lines, verdict, flips)?,
            _ => ensure!(lines.is_empty(), "a report on ttyS{port}"),
        }
    }
    Ok(())
}

fn check_report(
    lines: &[String],
    (status, action): (Status, Action),
    flips: &[Flip],
) -> Result<()> {
    let verdicts: Vec<&String> =
        lines.iter().filter(|line| line.contains(verdict::PREFIX)).collect();
    let [verdict] = verdicts[..] else { bail!("{} verdicts", verdicts.len()) };
    let value = |key| verdict::value(verdict, key).unwrap_or_default();
    ensure!(value(key::STATUS) == status.name(), "the verdict's status");
    ensure!(value(key::ACTION) == action.name(), "the verdict's action");
    ensure!(value(key::DOOR) == DOOR, "the verdict's door");
    let digested = value(key::BYTES).parse().is_ok_and(|bytes: u64| bytes > 0);
    ensure!(digested == matches!(status, Status::Verified | Status::Mismatch), "the bytes");
    damage::check(flips, &report::damages(lines)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crash::outcome::tests::booted;
    use crate::native::cases::ALL;

    const RELEASE: &str = "6.1";

    fn case(name: &str) -> &'static Case {
        ALL.iter().find(|case| case.name == name).unwrap()
    }

    fn verdict(status: &str, bytes: u64, action: &str) -> String {
        format!(
            "purgatory: verdict version=1 door=native status={status} bytes={bytes} action={action}"
        )
    }

    fn passes(outcome: &Outcome, name: &str) -> bool {
        check(outcome, case(name), &[], RELEASE).is_ok()
    }

    #[test]
    fn a_start_needs_the_kernel_and_its_dump_and_no_word() {
        assert!(passes(&booted(), "read"));
        assert!(!passes(&booted(), "code-changed"));
        assert!(!passes(&Outcome { kernel: None, ..booted() }, "read"));
        assert!(!passes(&Outcome { kernel: Some("6.2".into()), ..booted() }, "read"));
        assert!(!passes(&Outcome { dump: None, ..booted() }, "read"));
        let failed = Outcome { dump: Some("status=disk bytes=5".into()), ..booted() };
        assert!(!passes(&failed, "read"));
        let reports = vec![Vec::new(), vec!["purgatory: x".into()]];
        assert!(!passes(&Outcome { reports, ..booted() }, "read"));
    }

    #[test]
    fn an_end_in_the_purgatory_needs_its_verdict_on_its_port() {
        let said = |lines: &[String]| Outcome {
            kernel: None,
            dump: None,
            reports: vec![lines.to_vec(), Vec::new()],
            end: End::Halted,
            ..booted()
        };
        let good = verdict("code-damaged", 0, "halt");
        assert!(passes(&said(std::slice::from_ref(&good)), "code-changed"));
        assert!(!passes(&said(&[]), "code-changed"));
        assert!(!passes(&said(&[good.clone(), good.clone()]), "code-changed"));
        assert!(!passes(&said(std::slice::from_ref(&good)), "list-changed"));
        assert!(!passes(&said(&[verdict("code-damaged", 9, "halt")]), "code-changed"));
        assert!(!passes(&said(&[verdict("code-damaged", 0, "reset")]), "code-changed"));
        assert!(!passes(&said(&[good.replace("native", "linux")]), "code-changed"));
        let mut other = said(std::slice::from_ref(&good));
        other.reports.swap(0, 1);
        assert!(!passes(&other, "code-changed"));
        let left = Outcome { end: End::Left, ..said(&[good]) };
        assert!(!passes(&left, "code-changed"));
    }

    #[test]
    fn a_disk_is_cut_to_the_dump_on_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(100).unwrap();
        let cut = |dump: &str| cut(file.path(), &Outcome { dump: Some(dump.into()), ..booted() });
        assert!(cut("status=0 bytes=101").is_err());
        assert!(cut("status=0 bytes=").is_err());
        cut("status=0 bytes=99").unwrap();
        assert_eq!(file.as_file().metadata().unwrap().len(), 99);
    }
}

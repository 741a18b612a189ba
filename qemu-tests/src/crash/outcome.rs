//! What was seen in a run, held against what was expected.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use purgatory_abi::Loader;
use purgatory_abi::status::{Action, Status};
use purgatory_abi::verdict::{self, key};

use super::case::{Case, Expected, Start};

/// How much earlier than it was told a wait may end: the RTC that it is counted by has whole seconds, and the verdict
/// may come just before one ends.
const RTC_TICK: Duration = Duration::from_secs(1);

/// How much later than it was told a reset may come, and how long a verdict may take: both are seconds on a machine
/// with nothing else to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a line about a region starts with.
const REGION: &str = "purgatory: region ";

/// What the regions of a report are to be.
const SEGMENTS: [&str; 4] = ["kernel", "initrd", "boot_params", "command line"];

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The machine was switched off or reset.
    Left,
    /// The processor halted in the purgatory.
    Halted,
    /// The processor jumps to where it is, in the purgatory.
    Spinning,
}

/// What was seen. Times count from the panic, or from `kexec -e`.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The release of the loaded kernel, if it came up.
    pub kernel: Option<String>,
    /// When it did.
    pub kernel_after: Option<Duration>,
    /// What became of the dump: `status=0 bytes=…`.
    pub dump: Option<String>,
    /// What the purgatory said, a list of lines for each serial port.
    pub reports: Vec<Vec<String>>,
    /// When the verdict was there.
    pub verdict_after: Option<Duration>,
    /// How the run ended.
    pub end: End,
    /// When that was seen.
    pub end_after: Duration,
}

impl Outcome {
    /// The value of a key of the verdict, on the first port that has one.
    #[must_use]
    pub fn verdict(&self, key: &str) -> Option<&str> {
        self.reports.iter().flatten().find_map(|line| verdict::value(line, key))
    }

    /// Holds it against what was expected.
    ///
    /// # Errors
    /// Something is not as expected; the error holds all that was seen.
    pub fn check(&self, case: &Case, expected: &Expected, release: &str) -> Result<()> {
        self.differences(case, expected, release)
            .map_err(|error| error.context(format!("expected {expected:?}, and saw {self:#?}")))
    }

    fn differences(&self, case: &Case, expected: &Expected, release: &str) -> Result<()> {
        let started = expected.starts.then_some(release);
        ensure!(self.kernel.as_deref() == started, "the loaded kernel");
        let dumped = self.dump.as_ref().is_some_and(|dump| dump.starts_with("status=0 bytes="));
        ensure!(dumped == (expected.starts && case.start == Start::Panic), "the dump");

        match expected.verdict {
            None => ensure!(self.reports.iter().all(Vec::is_empty), "a report"),
            Some((status, action)) => self.check_report(case, status, action)?,
        }
        let end = match expected.verdict {
            _ if expected.starts => End::Left,
            Some((_, Action::Reset)) => End::Left,
            Some(_) => End::Halted,
            None => End::Spinning,
        };
        ensure!(self.end == end, "the end");
        let Some(verdict_after) = self.verdict_after else { return Ok(()) };
        let waited = self.end_after.saturating_sub(verdict_after);
        ensure!(waited + RTC_TICK >= case.wait, "too short a wait before the reset");
        ensure!(expected.starts || waited <= case.wait + PATIENCE, "too long a wait");
        ensure!(verdict_after <= PATIENCE, "a late verdict");
        Ok(())
    }

    fn check_report(&self, case: &Case, status: Status, action: Action) -> Result<()> {
        for (port, lines) in self.reports.iter().enumerate() {
            if port != case.console {
                ensure!(lines.is_empty(), "a report on ttyS{port}");
                continue;
            }
            let verdicts: Vec<&String> =
                lines.iter().filter(|line| line.contains(verdict::PREFIX)).collect();
            let [verdict] = verdicts[..] else { bail!("{} verdicts", verdicts.len()) };
            let value = |key| verdict::value(verdict, key).unwrap_or_default();
            ensure!(value(key::STATUS) == status.name(), "the verdict's status");
            ensure!(value(key::ACTION) == action.name(), "the verdict's action");
            ensure!(value(key::DOOR) == Loader::Linux.name(), "the verdict's door");
            ensure!(value(key::BYTES).parse().is_ok_and(|bytes: u64| bytes > 0), "no bytes");
            if let Some(segment) = unnamed(lines) {
                bail!("no region with {segment}");
            }
        }
        Ok(())
    }
}

/// A segment that no region of a report is said to hold.
pub(crate) fn unnamed(report: &[String]) -> Option<&'static str> {
    SEGMENTS
        .into_iter()
        .find(|segment| !report.iter().any(|line| line.contains(REGION) && line.contains(segment)))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::crash::case::{OURS, TWINS};

    const RELEASE: &str = "6.1";
    const BOOTS: Expected = Expected { starts: true, verdict: None };
    const SILENT: Expected = Expected { starts: false, verdict: None };
    const HALTS: Expected =
        Expected { starts: false, verdict: Some((Status::Mismatch, Action::Halt)) };
    const RESETS: Expected =
        Expected { starts: false, verdict: Some((Status::Mismatch, Action::Reset)) };

    fn case(name: &str) -> &'static Case {
        TWINS.iter().chain(&OURS).find(|case| case.name == name).unwrap()
    }

    /// What is seen when everything is well.
    pub(crate) fn booted() -> Outcome {
        Outcome {
            kernel: Some(RELEASE.into()),
            kernel_after: Some(Duration::from_secs(5)),
            dump: Some("status=0 bytes=5".into()),
            reports: vec![Vec::new(), Vec::new()],
            verdict_after: None,
            end: End::Left,
            end_after: Duration::from_secs(6),
        }
    }

    /// What is seen when our purgatory refuses.
    fn refused(action: &str, end: End, end_after: u64) -> Outcome {
        let verdict = format!(
            "purgatory: verdict version=1 door=linux status=mismatch engine=sha-ni regions=2 \
             bytes=9 nmis=0 action={action}"
        );
        let regions = ["kernel", "initrd", "boot_params  command line"];
        let mut report: Vec<String> =
            regions.iter().map(|what| format!("purgatory: region  0  0x1-0x2 {what}")).collect();
        report.push(verdict);
        Outcome {
            kernel: None,
            kernel_after: None,
            dump: None,
            reports: vec![report, Vec::new()],
            verdict_after: Some(Duration::from_secs(1)),
            end,
            end_after: Duration::from_secs(end_after),
        }
    }

    fn passes(outcome: &Outcome, name: &str, expected: Expected) -> bool {
        outcome.check(case(name), &expected, RELEASE).is_ok()
    }

    #[test]
    fn a_start_needs_the_kernel_and_its_dump() {
        assert!(passes(&booted(), "clean", BOOTS));
        assert!(!passes(&booted(), "clean", SILENT));
        assert!(!passes(&Outcome { kernel: None, ..booted() }, "clean", BOOTS));
        assert!(!passes(&Outcome { kernel: Some("6.2".into()), ..booted() }, "clean", BOOTS));
        assert!(!passes(&Outcome { dump: None, ..booted() }, "clean", BOOTS));
        let failed = Outcome { dump: Some("status=1 bytes=".into()), ..booted() };
        assert!(!passes(&failed, "clean", BOOTS));
        assert!(!passes(&Outcome { end: End::Halted, ..booted() }, "clean", BOOTS));
        assert!(passes(&Outcome { dump: None, ..booted() }, "exec", BOOTS));
    }

    #[test]
    fn silence_needs_a_spinning_processor_and_no_word() {
        let silent = Outcome { kernel: None, dump: None, end: End::Spinning, ..booted() };
        assert!(passes(&silent, "kernel-changed", SILENT));
        assert!(!passes(&Outcome { end: End::Halted, ..silent.clone() }, "clean", SILENT));
        let reports = vec![Vec::new(), vec!["purgatory: x".into()]];
        assert!(!passes(&Outcome { reports, ..silent }, "kernel-changed", SILENT));
    }

    #[test]
    fn a_refusal_needs_its_report_on_the_right_port() {
        let good = refused("halt", End::Halted, 2);
        assert!(passes(&good, "kernel-changed", HALTS));
        assert!(!passes(&good, "kernel-changed", SILENT));
        assert!(!passes(&good, "kernel-changed", RESETS));
        assert!(!passes(&good, "console-ttyS1", HALTS));
        let mut other = good.clone();
        other.reports.swap(0, 1);
        assert!(passes(&other, "console-ttyS1", HALTS));
        assert!(!passes(&other, "kernel-changed", HALTS));
        let mut short = good.clone();
        short.reports[0].remove(1);
        assert!(!passes(&short, "kernel-changed", HALTS));
        let mut twice = good.clone();
        twice.reports[0].extend(good.reports[0].clone());
        assert!(!passes(&twice, "kernel-changed", HALTS));
        let late = Outcome { verdict_after: Some(PATIENCE * 2), ..good };
        assert!(!passes(&late, "kernel-changed", HALTS));
    }

    #[test]
    fn a_reset_comes_when_it_was_told() {
        // panic=3, and the verdict after one second.
        let seen = |end_after| refused("reset", End::Left, end_after);
        assert!(passes(&seen(4), "panic-seconds", RESETS));
        assert!(!passes(&seen(2), "panic-seconds", RESETS));
        assert!(!passes(&seen(60), "panic-seconds", RESETS));
    }
}

//! What was seen in a run, held against what was expected.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use purgatory_abi::status::{Action, Status};
use purgatory_abi::verdict::{self, key};

use super::case::{Case, Expected, Start};

/// How much earlier than it was told a wait may end: the RTC that it is counted by has whole seconds, and the verdict
/// may come just before one ends.
const RTC_TICK: Duration = Duration::from_secs(1);

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
            ensure!(value(key::DOOR) == "linux", "the verdict's door");
            ensure!(value(key::BYTES).parse().is_ok_and(|bytes: u64| bytes > 0), "no bytes");
        }
        Ok(())
    }
}

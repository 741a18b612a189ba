//! Runs a case and judges the outcome.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::case::Case;
use super::outcome::Outcome;
use super::{in_bochs, in_qemu};
use crate::verdict::is_of;

impl Case {
    /// Runs it, and compares the result with the expected one.
    ///
    /// # Errors
    /// The machine cannot be started, or the outcome is another one: the error holds all that was said.
    pub fn run(&self, directory: &Path) -> Result<()> {
        self.judged(directory).map(drop)
    }

    /// The same, for callers that need the outcome.
    pub(super) fn judged(&self, directory: &Path) -> Result<Outcome> {
        let outcome = self.outcome(directory)?;
        self.judge(&outcome).with_context(|| outcome.to_string())?;
        Ok(outcome)
    }

    /// Runs it, and returns any result.
    pub(crate) fn outcome(&self, directory: &Path) -> Result<Outcome> {
        let own: String =
            self.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let directory = directory.join(own);
        let run = if self.in_bochs { in_bochs::run } else { in_qemu::run };
        run(self, &directory)
    }

    fn judge(&self, outcome: &Outcome) -> Result<()> {
        ensure!(
            outcome.ending == self.ending,
            "the run {:?} instead of {:?}",
            outcome.ending,
            self.ending
        );
        let report = outcome.report(0);
        ensure!(report.others.is_empty(), "malformed lines: {:?}", report.others);
        if let Some(verdict) = report.verdict() {
            let loader = verdict.loader;
            ensure!(is_of(verdict, self.blob), "the verdict is that of {loader:?}'s purgatory");
        }
        self.checks.iter().try_for_each(|check| check(outcome))
    }
}

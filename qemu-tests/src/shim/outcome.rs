//! The result of a run.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use purgatory_abi::report::{Report, VerdictLine};
use purgatory_abi::status::Warning;

use super::ending::Ending;
use super::memory::{COLUMNS, said};

/// The result of a run.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// The shim's output.
    pub shim: String,
    /// The blob's output on ttyS0 and ttyS1.
    pub serial: [String; 2],
    /// From the entry into the blob to the end; in Bochs, from the start of the machine.
    pub took: Duration,
    /// The memory that was read from the machine.
    pub memory: Vec<u8>,
    /// Width and height of the picture on the screen, in pixels, where that was to be read.
    pub picture: Option<(u32, u32)>,
}

impl Outcome {
    /// The report on a serial port.
    #[must_use]
    pub fn report(&self, port: usize) -> Report<'_> {
        Report::parse(&self.serial[port])
    }

    /// The verdict on a serial port.
    ///
    /// # Errors
    /// There is none.
    pub fn verdict(&self, port: usize) -> Result<VerdictLine<'_>> {
        let verdict = self.report(port).verdict().copied();
        verdict.with_context(|| format!("there is no verdict on ttyS{port}"))
    }

    /// Whether the report on ttyS0 has this warning.
    pub(super) fn warns(&self, warning: Warning) -> bool {
        self.report(0).warnings().any(|line| line.warning == warning)
    }

    /// Returns the value after `key=` in the shim's output.
    ///
    /// # Errors
    /// There is no such key.
    pub fn shim_value(&self, key: &str) -> Result<&str> {
        said(&self.shim, key)
    }

    /// Returns the rows of the VGA text screen, from the top. Needs [`Read::Screen`](super::Read::Screen).
    #[must_use]
    pub fn screen(&self) -> Vec<String> {
        let text: Vec<u8> = self.memory.iter().step_by(2).copied().collect();
        let row = |row: &[u8]| row.iter().copied().map(char::from).collect();
        text.chunks(COLUMNS).map(row).collect()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?} after {} ms", self.ending, self.took.as_millis())?;
        for (who, text) in
            [("shim", &self.shim), ("ttyS0", &self.serial[0]), ("ttyS1", &self.serial[1])]
        {
            for line in text.lines() {
                writeln!(f, "  {who:5} | {line}")?;
            }
        }
        if self.picture.is_some() {
            for row in self.screen() {
                writeln!(f, "  VGA   | {}", row.escape_debug())?;
            }
        }
        Ok(())
    }
}

//! What came of a run.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use purgatory_abi::verdict;

use super::ending::Ending;
use super::memory::{COLUMNS, said};

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What the shim said.
    pub shim: String,
    /// What the blob said on ttyS0 and ttyS1.
    pub serial: [String; 2],
    /// From the entry into the blob to the end; in Bochs, from the start of the machine.
    pub took: Duration,
    /// What was to be read of the machine's memory.
    pub memory: Vec<u8>,
    /// Width and height of the picture on the screen, in pixels, where that was to be read.
    pub picture: Option<(u32, u32)>,
}

impl Outcome {
    /// The verdict line on ttyS0.
    ///
    /// # Errors
    /// There is none.
    pub fn verdict(&self) -> Result<&str> {
        self.serial[0]
            .lines()
            .find(|line| line.starts_with(verdict::PREFIX))
            .context("there is no verdict on ttyS0")
    }

    /// What stands behind `key=` in what the shim said.
    ///
    /// # Errors
    /// There is no such key.
    pub fn shim_value(&self, key: &str) -> Result<&str> {
        said(&self.shim, key)
    }

    /// What is on the VGA text screen: its rows, from the top. Needs [`Read::Screen`](super::Read::Screen).
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

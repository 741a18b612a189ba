//! One call of `cargo test`: its lines shown as they come, and its tests counted.

use super::tally::Tally;
use crate::workspace::words;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Runs `command`, which prints as `cargo test` does.
pub(super) fn run(command: &mut Command) -> Result<Tally> {
    let words = words(command);
    let child = command.stdout(Stdio::piped()).spawn();
    let mut child = child.with_context(|| format!("cannot start `{words}`"))?;
    let output = child.stdout.take().context("the child has no output")?;
    let mut tally = Tally::default();
    for line in BufReader::new(output).lines() {
        let line = line?;
        tally += Tally::of_summary(&line).unwrap_or_default();
        if is_worth_showing(&line) {
            println!("  {line}");
        }
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        // It did not come as far as a summary.
        println!("  `{words}` failed: {status}");
        tally += Tally::FAILED;
    }
    Ok(tally)
}

/// Not the frame that a runner prints around nothing.
fn is_worth_showing(line: &str) -> bool {
    !line.is_empty()
        && line != "running 0 tests"
        && !line.starts_with("test result: ok. 0 passed; 0 failed; 0 ignored")
}

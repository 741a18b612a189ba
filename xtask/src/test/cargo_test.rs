//! Runs `cargo test` once: shows its output line by line, and counts its tests.

use super::tally::Tally;
use crate::workspace::command_line;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Runs `command`, whose output has the format of `cargo test`.
pub(super) fn run(command: &mut Command) -> Result<Tally> {
    let command_line = command_line(command);
    let child = command.stdout(Stdio::piped()).spawn();
    let mut child = child.with_context(|| format!("cannot start `{command_line}`"))?;
    let output = child.stdout.take().context("the standard output of the child is not piped")?;
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
        // The command failed before the first summary.
        println!("  `{command_line}` failed: {status}");
        tally += Tally::FAILED;
    }
    Ok(tally)
}

/// Reports whether a line is more than the header or summary of a test program without tests.
fn is_worth_showing(line: &str) -> bool {
    !line.is_empty()
        && line != "running 0 tests"
        && !line.starts_with("test result: ok. 0 passed; 0 failed; 0 ignored")
}

//! Rules of the house that a file shows by itself.

use crate::workspace::{read, root};
use anyhow::{Context, Result, bail};
use std::fs;
use std::process::Command;

/// A source file is read in one go. One that is longer than this has two jobs.
const LONGEST_FILE: usize = 400;

/// Words that put off what a commit must not put off. Written in pieces, or this file would break the rule.
const PUT_OFF: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Looks at every Rust file that git knows of or would take.
pub(crate) fn check() -> Result<()> {
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.rs"];
    let files = read(Command::new("git").current_dir(root()).args(list))?;
    let mut broken = Vec::new();
    for file in files.split_terminator('\0') {
        let path = root().join(file);
        // Deleted, and not committed yet.
        if path.is_file() {
            let text = fs::read_to_string(&path).with_context(|| file.to_owned())?;
            broken.extend(broken_by(&text).map(|what| format!("{file}: {what}")));
        }
    }
    if !broken.is_empty() {
        bail!("{}", broken.join("\n"));
    }
    Ok(())
}

/// What is wrong with a file.
fn broken_by(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().count();
    let long = (lines > LONGEST_FILE)
        .then(|| format!("{lines} lines, and no file has more than {LONGEST_FILE}"));
    let put_off = text.lines().zip(1..).filter_map(|(line, number)| {
        let word = PUT_OFF.iter().find(|word| line.contains(*word))?;
        Some(format!("line {number}: {word}"))
    });
    long.into_iter().chain(put_off)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_and_finished_file_is_fine() {
        assert_eq!(broken_by(&"//\n".repeat(LONGEST_FILE)).count(), 0);
    }

    #[test]
    fn a_long_file_and_an_unfinished_one_are_not() {
        let long: Vec<String> = broken_by(&"//\n".repeat(LONGEST_FILE + 1)).collect();
        assert_eq!(long, ["401 lines, and no file has more than 400"]);
        for word in PUT_OFF {
            let found: Vec<String> = broken_by(&format!("//\n// {word}: later\n")).collect();
            assert_eq!(found, [format!("line 2: {word}")]);
        }
    }
}

//! House rules: checks that read one file of the tree at a time.

mod markdown;
mod rust;

use crate::workspace::{read, root};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::process::Command;

/// Checks every Rust and Markdown file of the working tree that git tracks or does not ignore.
///
/// # Errors
///
/// Returns an error with one line for each violation.
pub(crate) fn check() -> Result<()> {
    let mut violations = violations_in("*.rs", rust::violations)?;
    violations.extend(violations_in("*.md", markdown::violations)?);
    ensure!(violations.is_empty(), "{}", violations.join("\n"));
    Ok(())
}

/// Returns the violations in the files that match `pattern`, each with its file.
fn violations_in(pattern: &str, violations: fn(&str) -> Vec<String>) -> Result<Vec<String>> {
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", pattern];
    let files = read(Command::new("git").current_dir(root()).args(list))?;
    let mut found = Vec::new();
    for file in files.split_terminator('\0') {
        let path = root().join(file);
        // git still lists a file that is deleted but not committed yet.
        if path.is_file() {
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {file}"))?;
            found.extend(
                violations(&text).into_iter().map(|violation| format!("{file}: {violation}")),
            );
        }
    }
    Ok(found)
}

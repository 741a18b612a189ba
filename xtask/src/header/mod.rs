//! `cargo xtask header`: generates `purgatory.h`, the native contract for loaders in C, from purgatory-abi.

mod c;
mod contract;

use crate::workspace::root;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::PathBuf;

/// Returns the path of `purgatory.h`.
fn path() -> PathBuf {
    root().join("crates/purgatory-abi/include/purgatory.h")
}

/// Writes `purgatory.h`.
pub(crate) fn run() -> Result<()> {
    let path = path();
    let directory = path.parent().context("the file has a parent directory")?;
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    let text = contract::header()?;
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("  {}", path.display());
    Ok(())
}

/// Checks that the stored `purgatory.h` is up to date.
///
/// # Errors
///
/// Returns an error if the file cannot be read, or differs from the generated text.
pub(crate) fn check() -> Result<()> {
    let path = path();
    let stored = fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}: run `cargo xtask header`", path.display()))?;
    is_current(&stored).with_context(|| path.display().to_string())
}

fn is_current(stored: &str) -> Result<()> {
    let current = stored == contract::header()?;
    ensure!(current, "differs from purgatory-abi: run `cargo xtask header`");
    Ok(())
}

#[cfg(test)]
mod tests;

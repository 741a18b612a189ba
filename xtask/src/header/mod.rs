//! `cargo xtask header`: `purgatory.h`, the native contract for loaders in C, made of purgatory-abi.

mod c;
mod contract;

use crate::workspace::root;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::PathBuf;

/// Where it lies.
fn path() -> PathBuf {
    root().join("crates/purgatory-abi/include/purgatory.h")
}

/// Writes it.
pub(crate) fn run() -> Result<()> {
    let path = path();
    let directory = path.parent().context("the file lies in a directory")?;
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let text = contract::header()?;
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("  {}", path.display());
    Ok(())
}

/// Whether the one that lies there is the one that is made now.
pub(crate) fn check() -> Result<()> {
    let path = path();
    let stored = fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}: run `cargo xtask header`", path.display()))?;
    is_current(&stored).with_context(|| path.display().to_string())
}

fn is_current(stored: &str) -> Result<()> {
    let current = stored == contract::header()?;
    ensure!(current, "it is not what purgatory-abi says: run `cargo xtask header`");
    Ok(())
}

#[cfg(test)]
mod tests;

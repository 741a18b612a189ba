//! `cargo xtask table`: what kexec-tools does with its purgatory and with ours, run by run, for the documentation.

use crate::workspace::root;
use anyhow::{Context, Result};
use qemu_tests::stock::table::table;
use std::fs;

/// Writes the table.
pub(crate) fn run() -> Result<()> {
    let place = root().join("docs/kexec-tools-table.md");
    fs::write(&place, table()).with_context(|| format!("cannot write {}", place.display()))?;
    println!("  {}", place.display());
    Ok(())
}

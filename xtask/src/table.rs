//! `cargo xtask table`: runs kexec-tools with its own purgatory and ours, and writes a table for the documentation.

use crate::workspace::root;
use anyhow::{Context, Result};
use qemu_tests::stock::table::table;
use std::fs;

/// Makes all runs, and writes `docs/kexec-tools-table.md`.
pub(crate) fn run() -> Result<()> {
    let path = root().join("docs/kexec-tools-table.md");
    fs::write(&path, table()).with_context(|| format!("cannot write {}", path.display()))?;
    println!("  {}", path.display());
    Ok(())
}

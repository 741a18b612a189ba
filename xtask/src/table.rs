//! `cargo xtask table`: what kexec-tools does with its purgatory and with ours, run by run, for the documentation.

use crate::workspace::{self, cargo, root};
use crate::{build, progress};
use anyhow::{Context, Result};
use qemu_tests::workspace::runs;
use std::fs;

/// The file, where the test leaves it and where it belongs.
const NAME: &str = "kexec-tools-table.md";

/// Builds everything, makes every run, and writes the table; an error if a run ended otherwise than expected.
pub(crate) fn run() -> Result<()> {
    build::run()?;
    progress::begin("kexec-tools on stock kernels");
    let made = runs().join(NAME);
    if made.exists() {
        fs::remove_file(&made).with_context(|| format!("cannot remove {}", made.display()))?;
    }
    let test = ["test", "--package", "qemu-tests", "--features", "qemu", "--test", "kexec"];
    workspace::run(cargo().args(test))?;
    let place = root().join("docs").join(NAME);
    fs::copy(&made, &place).with_context(|| format!("cannot write {}", place.display()))?;
    println!("  {}", place.display());
    Ok(())
}

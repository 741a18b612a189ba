//! The files that a run starts with, and its time limit.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use boot_shim::order::Order;
use boot_shim::setup::Setup;

use super::case::Case;
use crate::workspace;

/// The limit of a run: more than any case needs, even on a busy machine.
pub(super) const LIMIT: Duration = Duration::from_secs(120);
/// The shim.
pub(super) const SHIM: &str = "boot-shim.elf";

/// Where `cargo xtask build` leaves a product.
pub(super) fn product(name: &str) -> Result<PathBuf> {
    let path = workspace::root().join("target/purgatory").join(name);
    ensure!(path.is_file(), "there is no {}: run `cargo xtask build`", path.display());
    Ok(path)
}

/// The blob or vectors of a case, and the order for the shim.
pub(super) fn module(case: &Case) -> Result<Vec<u8>> {
    if let Some((task, vectors)) = &case.task {
        return Ok(Order::Implementations(*task).with_module(vectors)?);
    }
    let path = product(case.blob.file())?;
    let blob = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let setup = Setup { command_line: &case.command_line, ..case.setup };
    Ok(Order::Blob(setup).with_module(&blob)?)
}

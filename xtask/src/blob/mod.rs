//! The blobs: compiled, linked, made objects, and held against the contracts of their loaders.

mod contract;
mod kind;
mod linked;
mod relocatable;

use crate::freestanding;
use anyhow::{Context, Result};
use contract::Review;
pub(crate) use kind::{ALL, Kind, LINUX};
pub(crate) use linked::Linked;
#[cfg(test)]
pub(crate) use linked::Symbol;
use std::path::{Path, PathBuf};

/// A finished blob.
pub(crate) struct Blob {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// What the linker made, before it became an object.
    pub(crate) linked: Linked,
    /// What it is made of and what it keeps to.
    pub(crate) review: Review,
}

/// Builds one from the working tree `tree`, whether or not it keeps to the contract.
pub(crate) fn build(tree: &Path, kind: &Kind) -> Result<Blob> {
    let program = freestanding::build(tree, &kind.program)?;
    let linked = read(&program).with_context(|| program.display().to_string())?;
    let object =
        relocatable::write(&linked, kind.symbols).with_context(|| program.display().to_string())?;
    let path = freestanding::deliver(tree, &object, kind.loader.file())?;
    let review = contract::review(&object, kind).with_context(|| path.display().to_string())?;
    Ok(Blob { path, linked, review })
}

fn read(program: &Path) -> Result<Linked> {
    Linked::parse(&std::fs::read(program)?)
}

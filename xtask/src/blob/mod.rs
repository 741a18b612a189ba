//! The blobs: compiles and links them, makes objects, and checks these against the contracts of their loaders.

mod code_check;
mod contract;
mod kind;
mod linked;
mod relocatable;

use crate::freestanding::{self, Program};
use anyhow::{Context, Result};
use contract::Review;
pub(crate) use kind::{ALL, Kind, LINUX};
pub(crate) use linked::Linked;
#[cfg(test)]
pub(crate) use linked::Symbol;
use purgatory_abi::Loader;
use std::path::{Path, PathBuf};

/// A finished blob.
pub(crate) struct Blob {
    /// Its path.
    pub(crate) path: PathBuf,
    /// The output of the linker, before it became an object.
    pub(crate) linked: Linked,
    /// Its parts, and the results of the contract's rules.
    pub(crate) review: Review,
}

/// Builds a blob from the working tree `tree`, even if it fails a rule of the contract.
pub(crate) fn build(tree: &Path, kind: &Kind) -> Result<Blob> {
    build_program(tree, kind, &kind.program)
}

/// Builds a variant of a blob.
pub(crate) fn build_program(tree: &Path, kind: &Kind, program: &Program<'_>) -> Result<Blob> {
    let program = freestanding::build(tree, program)?;
    let mut linked = read(&program).with_context(|| program.display().to_string())?;
    // The native purgatory repairs its code instead.
    if kind.loader != Loader::Native {
        code_check::complete(&mut linked).with_context(|| program.display().to_string())?;
    }
    let object =
        relocatable::write(&linked, kind.symbols).with_context(|| program.display().to_string())?;
    let path = freestanding::deliver(tree, &object, kind.loader.file())?;
    let review = contract::review(&object, kind).with_context(|| path.display().to_string())?;
    Ok(Blob { path, linked, review })
}

fn read(program: &Path) -> Result<Linked> {
    Linked::parse(&std::fs::read(program)?)
}

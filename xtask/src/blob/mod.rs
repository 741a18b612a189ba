//! `purgatory-linux.ro`: compiled, linked, made an object, and held against the kernel's contract.

mod contract;
mod linked;
mod relocatable;

use crate::freestanding::{self, Program};
use anyhow::{Context, Result};
use contract::Review;
pub(crate) use linked::Linked;
#[cfg(test)]
pub(crate) use linked::Symbol;
use std::path::{Path, PathBuf};

/// The file's name.
pub(crate) const NAME: &str = "purgatory-linux.ro";

/// How it is compiled and linked.
pub(crate) const PROGRAM: Program<'_> = Program {
    package: "purgatory",
    bin: "purgatory-linux",
    feature: "blob",
    script: "linker/purgatory.ld",
    flags: &[
        "-Crelocation-model=pie",
        // With full RELRO, the default, calls of global functions go through a table, and each entry is a relocation.
        "-Crelro-level=off",
        "-Clink-arg=--no-dynamic-linker",
        "-Clink-arg=-znorelro",
        "-Clink-arg=-znotext",
    ],
};

/// A finished blob.
pub(crate) struct Blob {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// What the linker made, before it became an object.
    pub(crate) linked: Linked,
    /// What it is made of and what it keeps to.
    pub(crate) review: Review,
}

/// Builds it from the working tree `tree`, whether or not it keeps to the contract.
pub(crate) fn build(tree: &Path) -> Result<Blob> {
    let program = freestanding::build(tree, &PROGRAM)?;
    let linked = read(&program).with_context(|| program.display().to_string())?;
    let object = relocatable::write(&linked).with_context(|| program.display().to_string())?;
    let path = freestanding::deliver(tree, &object, NAME)?;
    let review = contract::review(&object).with_context(|| path.display().to_string())?;
    Ok(Blob { path, linked, review })
}

fn read(program: &Path) -> Result<Linked> {
    Linked::parse(&std::fs::read(program)?)
}

//! `boot-shim.elf`: the bare-metal program that QEMU starts in place of a dying kernel.

use crate::freestanding::{self, Program};
use crate::workspace::root;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// The file's name.
const NAME: &str = "boot-shim.elf";

/// How it is compiled and linked.
pub(crate) const PROGRAM: Program<'_> = Program {
    package: "boot-shim",
    bin: "boot-shim",
    default_features: true,
    feature: "bare-metal",
    script: "linker/boot-shim.ld",
    flags: &["-Crelocation-model=static"],
};

/// Builds it, and returns where it lies.
pub(crate) fn build() -> Result<PathBuf> {
    let program = freestanding::build(root(), &PROGRAM)?;
    let file = std::fs::read(&program).with_context(|| program.display().to_string())?;
    freestanding::deliver(root(), &file, NAME)
}

//! `boot-shim.elf`: the bare-metal program that QEMU starts instead of a crashed kernel.

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
    features: "bare-metal",
    // It counts the instructions of the implementations that the native purgatory has.
    profile: "blob-native",
    script: "linker/boot-shim.ld",
    flags: &["-Crelocation-model=static"],
};

/// Builds it, and returns where the file lies.
pub(crate) fn build() -> Result<PathBuf> {
    let program = freestanding::build(root(), &PROGRAM)?;
    let file = std::fs::read(&program).with_context(|| program.display().to_string())?;
    freestanding::deliver(root(), &file, NAME)
}

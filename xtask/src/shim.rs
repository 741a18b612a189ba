//! `boot-shim.elf`: the bare-metal program that QEMU starts instead of a crashed kernel.

use crate::freestanding::{self, Program};
use crate::workspace::root;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// The file's name.
const NAME: &str = "boot-shim.elf";

/// The program, with its flags and its linker script.
pub(crate) const PROGRAM: Program<'_> = Program {
    package: "boot-shim",
    bin: "boot-shim",
    features: "bare-metal",
    // The shim counts the instructions of the native purgatory's SHA-256 implementations.
    profile: "blob-native",
    script: "linker/boot-shim.ld",
    flags: &["-Crelocation-model=static"],
};

/// Builds the shim and returns its path.
pub(crate) fn build() -> Result<PathBuf> {
    let program = freestanding::build(root(), &PROGRAM)?;
    let file =
        std::fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
    freestanding::deliver(root(), &file, NAME)
}

//! `boot-shim.elf`: the bare-metal program that QEMU starts in place of a dying kernel; `boot-shim-multiboot.elf`: the
//! same as the kernel that is to come up.

use crate::freestanding::{self, Program};
use crate::multiboot;
use crate::workspace::root;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// The files' names.
const NAME: &str = "boot-shim.elf";
const MULTIBOOT_NAME: &str = "boot-shim-multiboot.elf";

/// How it is compiled and linked.
pub(crate) const PROGRAM: Program<'_> = Program {
    package: "boot-shim",
    bin: "boot-shim",
    features: "bare-metal",
    // It counts the instructions of the backends that the native purgatory has.
    profile: "blob-native",
    script: "linker/boot-shim.ld",
    flags: &["-Crelocation-model=static"],
};

/// Builds it, and returns where the files lie.
pub(crate) fn build() -> Result<[PathBuf; 2]> {
    let program = freestanding::build(root(), &PROGRAM)?;
    let file = std::fs::read(&program).with_context(|| program.display().to_string())?;
    let kernel = multiboot::kernel(&file).with_context(|| program.display().to_string())?;
    Ok([
        freestanding::deliver(root(), &file, NAME)?,
        freestanding::deliver(root(), &kernel, MULTIBOOT_NAME)?,
    ])
}

//! The blobs: their programs, the symbols that their loaders search for, and their limits.

use crate::freestanding::Program;
use purgatory_abi::{Loader, Symbol, kexec_tools, linux, native};

/// A blob.
pub(crate) struct Kind {
    /// Its loader, whose contract it follows.
    pub(crate) loader: Loader,
    /// The program to compile and link.
    pub(crate) program: Program<'static>,
    /// The symbols that its loader searches for by name.
    pub(super) symbols: &'static [Symbol],
    /// The largest file, in bytes.
    pub(super) largest_file: usize,
    /// The rule for this limit.
    pub(super) size_rule: &'static str,
}

/// A blob of at most this size fits into its place in an installed program, in a kernel's file or in memory.
const SMALLEST_STOCK: &str = "no larger than the smallest stock purgatory";

/// All blobs.
pub(crate) const ALL: [&Kind; 3] = [&LINUX, &KEXEC_TOOLS, &NATIVE];

/// The drop-in for the purgatory that the Linux kernel embeds.
pub(crate) const LINUX: Kind = Kind {
    loader: Loader::Linux,
    program: program("purgatory-linux", "blob"),
    symbols: linux::SYMBOLS,
    // Debian's 6.12 cloud kernel.
    largest_file: 15_856,
    size_rule: SMALLEST_STOCK,
};

/// The drop-in for the purgatory that kexec-tools embeds.
pub(crate) const KEXEC_TOOLS: Kind = Kind {
    loader: Loader::KexecTools,
    program: program("purgatory-kexec-tools", "blob,kexec-tools"),
    symbols: kexec_tools::SYMBOLS,
    // kexec-tools 2.0.32.
    largest_file: 35_488,
    size_rule: SMALLEST_STOCK,
};

/// The purgatory of our own contract.
pub(crate) const NATIVE: Kind = Kind {
    loader: Loader::Native,
    program: Program { profile: "blob-native", ..program("purgatory-native", "blob,native") },
    symbols: native::SYMBOLS,
    largest_file: 65_536,
    size_rule: "no larger than a chunk",
};

/// Returns a program with the properties that all blobs share.
const fn program(bin: &'static str, features: &'static str) -> Program<'static> {
    Program {
        package: "purgatory",
        bin,
        features,
        profile: "blob",
        script: "linker/purgatory.ld",
        flags: &[
            "-Crelocation-model=pie",
            // With full RELRO, the default, calls of global functions go through a table, and each entry is a
            // relocation.
            "-Crelro-level=off",
            "-Clink-arg=--no-dynamic-linker",
            "-Clink-arg=-znorelro",
            "-Clink-arg=-znotext",
        ],
    }
}

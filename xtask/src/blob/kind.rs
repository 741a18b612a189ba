//! The blobs: what each is built of, which symbols its loader looks for, and what it must keep to.

use crate::freestanding::Program;
use purgatory_abi::{Loader, Symbol, kexec_tools, linux, native};

/// A blob.
pub(crate) struct Kind {
    /// Its loader, whose contract it follows.
    pub(crate) loader: Loader,
    /// How it is compiled and linked.
    pub(crate) program: Program<'static>,
    /// What its loader looks for by name.
    pub(super) symbols: &'static [Symbol],
    /// The largest file, in bytes.
    pub(super) largest_file: usize,
    /// Why that is so, as the name of a rule.
    pub(super) why: &'static str,
}

/// A blob no larger can take its place in an installed program, in a kernel's file or in memory.
const SMALLEST_STOCK: &str = "no larger than the smallest stock purgatory";

/// All of them.
pub(crate) const ALL: [&Kind; 3] = [&LINUX, &KEXEC_TOOLS, &NATIVE];

/// The drop-in for the purgatory that the Linux kernel embeds.
pub(crate) const LINUX: Kind = Kind {
    loader: Loader::Linux,
    program: program("purgatory-linux", "blob"),
    symbols: linux::SYMBOLS,
    // Debian's 6.12 cloud kernel.
    largest_file: 15_856,
    why: SMALLEST_STOCK,
};

/// The drop-in for the purgatory that kexec-tools embeds.
pub(crate) const KEXEC_TOOLS: Kind = Kind {
    loader: Loader::KexecTools,
    program: program("purgatory-kexec-tools", "blob,kexec-tools"),
    symbols: kexec_tools::SYMBOLS,
    // kexec-tools 2.0.32.
    largest_file: 35_488,
    why: SMALLEST_STOCK,
};

/// The purgatory of our own contract.
pub(crate) const NATIVE: Kind = Kind {
    loader: Loader::Native,
    program: Program { profile: "blob-native", ..program("purgatory-native", "blob,native") },
    symbols: native::SYMBOLS,
    largest_file: 65_536,
    why: "no larger than a chunk",
};

/// What the programs of all blobs have in common.
const fn program(bin: &'static str, features: &'static str) -> Program<'static> {
    Program {
        package: "purgatory",
        bin,
        features,
        profile: "blob",
        script: "linker/purgatory.ld",
        flags: &[
            "-Crelocation-model=pie",
            // With full RELRO, the default, calls of global functions go through a table, and each entry is a relocation.
            "-Crelro-level=off",
            "-Clink-arg=--no-dynamic-linker",
            "-Clink-arg=-znorelro",
            "-Clink-arg=-znotext",
        ],
    }
}

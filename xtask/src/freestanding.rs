//! Compiles and links freestanding programs, which run without an operating system. Their flags do not reach the
//! programs that run on the host.

use crate::digest::sha256;
use crate::workspace::{TARGET, cargo, read, root, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A freestanding program.
#[derive(Clone, Copy)]
pub(crate) struct Program<'a> {
    /// Its package.
    pub(crate) package: &'a str,
    /// Its binary.
    pub(crate) bin: &'a str,
    /// Its features, separated by commas. The package's default features are off.
    pub(crate) features: &'a str,
    /// Its profile in the workspace's Cargo.toml.
    pub(crate) profile: &'a str,
    /// Its linker script, relative to the workspace's directory.
    pub(crate) script: &'a str,
    /// Compiler flags in addition to [`FLAGS`].
    pub(crate) flags: &'a [&'a str],
}

/// Compiler flags of every freestanding program.
///
/// The linker is part of the pinned toolchain. Cargo calls the compiler in the workspace's directory, and paths of
/// linker scripts are relative to it. So no flag depends on the directory, and the same source gives the same bytes in
/// each.
const FLAGS: &[&str] = &[
    "-Clinker=rust-lld",
    "-Clinker-flavor=ld.lld",
    // An exception can occur at any time. It uses the same stack, and overwrites the bytes below the stack pointer.
    "-Cno-redzone=yes",
    "-Clink-arg=--build-id=none",
    "-Clink-arg=--orphan-handling=error",
    "-Clink-arg=--gc-sections",
];

/// Flags that keep the sha2 crate from using CPUID, and make it small.
pub(crate) const SOFT_SHA256: [&str; 2] =
    ["--cfg=sha2_backend=\"soft\"", "--cfg=sha2_backend_soft=\"compact\""];

/// Builds `program` from the working tree `tree`, and returns the path of the linked file.
pub(crate) fn build(tree: &Path, program: &Program<'_>) -> Result<PathBuf> {
    run(&mut invocation(tree, "build", program)?)?;
    Ok(target_directory(tree, program).join(TARGET).join(program.profile).join(program.bin))
}

/// Returns the command that runs clippy on `program`.
pub(crate) fn clippy(program: &Program<'_>) -> Result<Command> {
    let mut command = invocation(root(), "clippy", program)?;
    command.args(["--", "-D", "warnings"]);
    Ok(command)
}

/// Returns the command that makes the documentation of `program`.
pub(crate) fn doc(program: &Program<'_>) -> Result<Command> {
    invocation(root(), "doc", program)
}

/// Writes a finished file to `target/purgatory`, where tests and the demo expect it, and returns its path.
pub(crate) fn deliver(tree: &Path, bytes: &[u8], name: &str) -> Result<PathBuf> {
    let path = delivered(tree, name);
    let directory = path.parent().context("a delivered file has a parent directory")?;
    std::fs::create_dir_all(directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Returns the path of a finished file.
pub(crate) fn delivered(tree: &Path, name: &str) -> PathBuf {
    tree.join("target/purgatory").join(name)
}

/// Returns the target directory for the programs with this linker script, which have the same flags. Builds with
/// different flags in one directory rebuild everything each time.
pub(crate) fn target_directory(tree: &Path, program: &Program<'_>) -> PathBuf {
    tree.join("target/freestanding").join(Path::new(program.script).file_stem().unwrap_or_default())
}

fn invocation(tree: &Path, subcommand: &str, program: &Program<'_>) -> Result<Command> {
    let mut flags = [FLAGS, &SOFT_SHA256, program.flags].concat().join(SEPARATOR);
    for flag in script_flags(tree, program)?.into_iter().chain(remaps()?) {
        flags.push_str(SEPARATOR);
        flags.push_str(&flag);
    }
    let mut command = cargo();
    command
        .current_dir(tree)
        .args([subcommand, "--quiet", "--package", program.package, "--bin", program.bin])
        .args([
            "--no-default-features",
            "--features",
            program.features,
            "--profile",
            program.profile,
            "--target",
            TARGET,
        ])
        .arg("--target-dir")
        .arg(target_directory(tree, program))
        // Overrides all other sources of flags.
        .env("CARGO_ENCODED_RUSTFLAGS", flags);
    Ok(command)
}

/// The separator of flags in `CARGO_ENCODED_RUSTFLAGS`.
pub(crate) const SEPARATOR: &str = "\x1f";

/// Returns a flag with the linker script, and one with its digest. Cargo does not track the script, but builds again
/// when a flag changes.
fn script_flags(tree: &Path, program: &Program<'_>) -> Result<[String; 2]> {
    let script = tree.join(program.script);
    let bytes =
        std::fs::read(&script).with_context(|| format!("cannot read {}", script.display()))?;
    Ok([
        format!("-Clink-arg=-T{}", program.script),
        format!("--cfg=linker_script=\"{}\"", sha256(&bytes)),
    ])
}

/// Returns flags that remap the directories of the registry and the toolchain, so that their paths do not appear in the
/// binary. The workspace's directory needs no remapping: cargo compiles its members by relative paths.
pub(crate) fn remaps() -> Result<[String; 2]> {
    let sysroot = read(Command::new("rustc").args(["--print", "sysroot"]).current_dir(root()))?;
    let registry = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir()
            .context("cannot find cargo's directory: CARGO_HOME is not set, and there is no home directory")?
            .join(".cargo"),
    };
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    Ok([remap(&registry, "cargo"), remap(Path::new(sysroot.trim()), "rust")])
}

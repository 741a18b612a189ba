//! How a program without an operating system is compiled and linked: flags that reach it alone, never the host's tools.

use crate::digest::sha256;
use crate::workspace::{TARGET, cargo, read, root, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Such a program.
pub(crate) struct Program<'a> {
    /// Its package.
    pub(crate) package: &'a str,
    /// Its binary.
    pub(crate) bin: &'a str,
    /// The features that it is built with, separated by commas; none of its package's default ones.
    pub(crate) features: &'a str,
    /// The profile of the workspace that it is built with.
    pub(crate) profile: &'a str,
    /// Its linker script, in the workspace's directory.
    pub(crate) script: &'a str,
    /// What it adds to the flags that all of them have.
    pub(crate) flags: &'a [&'a str],
}

/// Flags of every such program.
///
/// The linker is the toolchain's own, pinned with it, and linker scripts are named relative to the workspace, in which
/// cargo calls the compiler: nothing here depends on the directory, or the same source would give other bytes elsewhere.
const FLAGS: &[&str] = &[
    "-Clinker=rust-lld",
    "-Clinker-flavor=ld.lld",
    // An interrupt at this very stack may come at any time, and overwrites what lies below the stack pointer.
    "-Cno-redzone=yes",
    "-Clink-arg=--build-id=none",
    "-Clink-arg=--orphan-handling=error",
    "-Clink-arg=--gc-sections",
];

/// Keeps sha2 from finding out about the processor by CPUID, and makes it small.
pub(crate) const SOFT_SHA256: [&str; 2] =
    ["--cfg=sha2_backend=\"soft\"", "--cfg=sha2_backend_soft=\"compact\""];

/// Builds `program` of the working tree `tree` and returns where the linker left it.
pub(crate) fn build(tree: &Path, program: &Program<'_>) -> Result<PathBuf> {
    run(&mut invocation(tree, "build", program)?)?;
    Ok(target_directory(tree, program).join(TARGET).join(program.profile).join(program.bin))
}

/// The command that lets clippy look at `program`.
pub(crate) fn clippy(program: &Program<'_>) -> Result<Command> {
    let mut command = invocation(root(), "clippy", program)?;
    command.args(["--", "-D", "warnings"]);
    Ok(command)
}

/// The command that makes the pages of `program`.
pub(crate) fn doc(program: &Program<'_>) -> Result<Command> {
    invocation(root(), "doc", program)
}

/// Puts a finished program where tests and demonstrations look for it.
pub(crate) fn deliver(tree: &Path, bytes: &[u8], name: &str) -> Result<PathBuf> {
    let path = delivered(tree, name);
    let directory = path.parent().context("the directory of a file lies in the tree")?;
    std::fs::create_dir_all(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// The path of a finished file.
pub(crate) fn delivered(tree: &Path, name: &str) -> PathBuf {
    tree.join("target/purgatory").join(name)
}

/// A target directory for all that is linked by the same script: those have the same flags. Others in the same directory would
/// rebuild everything each time.
pub(crate) fn target_directory(tree: &Path, program: &Program<'_>) -> PathBuf {
    tree.join("target/freestanding").join(Path::new(program.script).file_stem().unwrap_or_default())
}

fn invocation(tree: &Path, verb: &str, program: &Program<'_>) -> Result<Command> {
    let mut flags = [FLAGS, &SOFT_SHA256, program.flags].concat().join(SEPARATOR);
    for flag in script_flags(tree, program)?.into_iter().chain(remaps()?) {
        flags.push_str(SEPARATOR);
        flags.push_str(&flag);
    }
    let mut command = cargo();
    command
        .current_dir(tree)
        .args([verb, "--quiet", "--package", program.package, "--bin", program.bin])
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
        // Stronger than any other place that flags may come from.
        .env("CARGO_ENCODED_RUSTFLAGS", flags);
    Ok(command)
}

/// Between two flags in `CARGO_ENCODED_RUSTFLAGS`.
pub(crate) const SEPARATOR: &str = "\x1f";

/// The linker script, and its digest: cargo does not look at the script, but builds again when a flag has changed.
fn script_flags(tree: &Path, program: &Program<'_>) -> Result<[String; 2]> {
    let script = tree.join(program.script);
    let bytes =
        std::fs::read(&script).with_context(|| format!("cannot read {}", script.display()))?;
    Ok([
        format!("-Clink-arg=-T{}", program.script),
        format!("--cfg=linker_script=\"{}\"", sha256(&bytes)),
    ])
}

/// Directories that must not show in the bytes. The workspace's own is none: cargo compiles its members by relative paths.
pub(crate) fn remaps() -> Result<[String; 2]> {
    let sysroot = read(Command::new("rustc").args(["--print", "sysroot"]).current_dir(root()))?;
    let registry = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir()
            .context("neither CARGO_HOME nor a home directory is known")?
            .join(".cargo"),
    };
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    Ok([remap(&registry, "cargo"), remap(Path::new(sysroot.trim()), "rust")])
}

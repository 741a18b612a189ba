//! How a program without an operating system is compiled and linked: flags that reach it alone, never the host's tools.

use crate::workspace::{TARGET, cargo, products, read, root, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Such a program.
pub(crate) struct Program<'a> {
    /// Its package.
    pub(crate) package: &'a str,
    /// Its binary.
    pub(crate) bin: &'a str,
    /// The feature without which it is not built.
    pub(crate) feature: &'a str,
    /// What it adds to the flags that all of them have.
    pub(crate) flags: &'a [&'a str],
}

/// Flags of every such program.
///
/// The linker is the toolchain's own, pinned with it, and linker scripts are named relative to the workspace, in which
/// cargo calls the compiler: nothing here depends on the folder, or the same source would give other bytes elsewhere.
const FLAGS: &[&str] = &[
    "-Clinker=rust-lld",
    "-Clinker-flavor=ld.lld",
    // An interrupt at this very stack may come at any time, and overwrites what lies below the stack pointer.
    "-Cno-redzone=yes",
    // sha2 must not find out about the processor by CPUID.
    "--cfg=sha2_backend=\"soft\"",
    "--cfg=sha2_backend_soft=\"compact\"",
    "-Clink-arg=--build-id=none",
    "-Clink-arg=--orphan-handling=error",
    "-Clink-arg=--gc-sections",
];

/// Builds `program` and returns where the linker left it.
pub(crate) fn build(program: &Program<'_>) -> Result<PathBuf> {
    let mut command = cargo();
    invocation(&mut command, "build", program)?;
    run(&mut command)?;
    Ok(target_folder(program).join(TARGET).join("blob").join(program.bin))
}

/// Lets clippy look at `program`.
pub(crate) fn clippy(program: &Program<'_>) -> Result<Command> {
    let mut command = cargo();
    invocation(&mut command, "clippy", program)?;
    command.args(["--quiet", "--", "-D", "warnings"]);
    Ok(command)
}

/// Copies a finished program to where the other parts look for it.
pub(crate) fn deliver(bytes: &[u8], name: &str) -> Result<PathBuf> {
    let folder = products();
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(name);
    std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// A target folder of its own: other flags in the same folder would rebuild everything each time.
fn target_folder(program: &Program<'_>) -> PathBuf {
    root().join("target/freestanding").join(program.bin)
}

fn invocation(command: &mut Command, verb: &str, program: &Program<'_>) -> Result<()> {
    command
        .arg(verb)
        .args(["--package", program.package, "--bin", program.bin])
        .args(["--features", program.feature])
        .args(["--profile", "blob", "--target", TARGET])
        .arg("--target-dir")
        .arg(target_folder(program));
    let mut flags: Vec<String> =
        FLAGS.iter().chain(program.flags).map(|flag| (*flag).to_owned()).collect();
    flags.extend(remaps()?);
    // Stronger than any other place that flags may come from.
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    Ok(())
}

/// Folders that must not show in the bytes.
fn remaps() -> Result<Vec<String>> {
    let sysroot = read(Command::new("rustc").args(["--print", "sysroot"]).current_dir(root()))?;
    let registry = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir()
            .context("neither CARGO_HOME nor a home folder is known")?
            .join(".cargo"),
    };
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    Ok(vec![
        remap(root(), "purgatory"),
        remap(&registry, "cargo"),
        remap(Path::new(sysroot.trim()), "rust"),
    ])
}

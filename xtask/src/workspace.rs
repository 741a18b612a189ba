//! Where things are, and how other programs are run.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// The target of everything that runs without an operating system.
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The features that tests need which take minutes, or fetch something, or need the blobs.
pub(crate) const GATED_TESTS: &str =
    "qemu-tests/qemu,purgatory-bench/packages,purgatory-runner/blobs";

/// The directory of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace's directory")
}

/// Cargo, the one that runs this program, in the workspace's directory.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// The words of a command, for messages.
pub(crate) fn words(command: &Command) -> String {
    let all = [command.get_program()].into_iter().chain(command.get_args());
    all.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs a command whose output the reader is to see; an error if it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", words(command)))?;
    if !status.success() {
        bail!("`{}` failed: {status}", words(command));
    }
    Ok(())
}

/// Runs a command for its standard output; an error with all that it wrote if it fails.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    capture(command).map(|output| output.stdout)
}

/// Runs a command for its standard error; an error with all that it wrote if it fails.
pub(crate) fn read_errors(command: &mut Command) -> Result<String> {
    capture(command).map(|output| output.stderr)
}

/// What a command wrote.
struct Captured {
    stdout: String,
    stderr: String,
}

fn capture(command: &mut Command) -> Result<Captured> {
    let output = command.output().with_context(|| format!("cannot start `{}`", words(command)))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        bail!("`{}` failed: {}\n{stdout}{stderr}", words(command), output.status);
    }
    Ok(Captured { stdout, stderr })
}

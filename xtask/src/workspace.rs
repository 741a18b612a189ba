//! The workspace's directory, and functions that run other programs.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// The target of freestanding programs, and of the tool.
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The features of tests that take minutes, fetch packages, or need the blobs.
pub(crate) const GATED_TESTS: &str =
    "qemu-tests/qemu,purgatory-bench/packages,purgatory-campaign/packages,purgatory-runner/blobs";

/// Returns the directory of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace's directory")
}

/// Returns a command for the cargo that runs this program, in the workspace's directory.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// Returns the program and the arguments of a command, for messages.
pub(crate) fn command_line(command: &Command) -> String {
    let all = [command.get_program()].into_iter().chain(command.get_args());
    all.map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs a command whose output goes to the terminal.
///
/// # Errors
///
/// Returns an error if the command cannot be started, or fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status =
        command.status().with_context(|| format!("cannot start `{}`", command_line(command)))?;
    if !status.success() {
        bail!("`{}` failed: {status}", command_line(command));
    }
    Ok(())
}

/// Runs a command and returns its standard output.
///
/// # Errors
///
/// Returns an error, with the command's output, if the command cannot be started, or fails.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output =
        command.output().with_context(|| format!("cannot start `{}`", command_line(command)))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed: {}\n{stdout}{stderr}", command_line(command), output.status);
    }
    Ok(stdout)
}

//! `cargo xtask lint`: checks the source without running it. Prints one line for each check.

use crate::freestanding::Program;
use crate::workspace::{GATED_TESTS, cargo, read, root};
use crate::{blob, census, freestanding, header, house, shim};
use anyhow::{Context, Result, ensure};
use std::process::Command;
use std::time::Instant;

/// A check: its name, and its function.
type Check = (&'static str, fn() -> Result<()>);

const CHECKS: [Check; 10] = [
    ("rustfmt", rustfmt),
    ("clippy, host", clippy_host),
    ("clippy, blobs", || each_blob(freestanding::clippy)),
    ("clippy, boot shim", || run_quietly(&mut freestanding::clippy(&shim::PROGRAM)?)),
    ("rustdoc, host", rustdoc_host),
    ("rustdoc, blobs", || each_blob(|program| Ok(strict_doc(freestanding::doc(program)?)))),
    ("rustdoc, boot shim", || run_quietly(&mut strict_doc(freestanding::doc(&shim::PROGRAM)?))),
    ("census of the blobs' instructions", census_of_blobs),
    ("purgatory.h is up to date", header::check),
    ("house rules", house::check),
];

/// Runs all checks, also after one has failed.
///
/// # Errors
///
/// Returns an error if a check fails.
pub(crate) fn run() -> Result<()> {
    let mut failed = 0;
    for (name, check) in CHECKS {
        let started = Instant::now();
        let result = check();
        let outcome = if result.is_ok() { "ok" } else { "FAILED" };
        println!("{outcome:<7} {name:<36} {:>6.1} s", started.elapsed().as_secs_f64());
        if let Err(error) = result {
            println!("{error:#}");
            failed += 1;
        }
    }
    ensure!(failed == 0, "{failed} of {} checks failed", CHECKS.len());
    Ok(())
}

/// Runs a command. Its output is shown only if it fails.
fn run_quietly(command: &mut Command) -> Result<()> {
    read(command).map(drop)
}

fn rustfmt() -> Result<()> {
    // Prints only the names of the files: `cargo fmt` makes the changes.
    run_quietly(cargo().args(["fmt", "--all", "--check", "--", "--files-with-diff"]))
}

fn clippy_host() -> Result<()> {
    let arguments =
        ["clippy", "--quiet", "--workspace", "--all-targets", "--features", GATED_TESTS];
    run_quietly(cargo().args(arguments).args(["--", "-D", "warnings"]))
}

fn rustdoc_host() -> Result<()> {
    let mut command = cargo();
    command.args(["doc", "--quiet", "--workspace", "--lib", "--bin", "xtask"]);
    // Includes the modules of freestanding programs: other pages link to them.
    command.args(["--features", "purgatory/blob,boot-shim/bare-metal"]);
    run_quietly(&mut strict_doc(command))
}

/// Adds the flags for the project's developers: private items get pages too, and public pages may link to them.
fn strict_doc(mut command: Command) -> Command {
    command.args(["--no-deps", "--document-private-items"]);
    command.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links");
    command
}

fn each_blob(command: fn(&Program<'_>) -> Result<Command>) -> Result<()> {
    blob::ALL.iter().try_for_each(|kind| run_quietly(&mut command(&kind.program)?))
}

fn census_of_blobs() -> Result<()> {
    blob::ALL.iter().try_for_each(|kind| {
        census::take(&blob::build(root(), kind)?.linked).map(drop).context(kind.loader.file())
    })
}

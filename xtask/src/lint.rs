//! `cargo xtask lint`: everything that can be said about the source without running it, a line a check.

use crate::freestanding::Program;
use crate::workspace::{GATED_TESTS, cargo, read, root};
use crate::{blob, census, freestanding, header, house, shim};
use anyhow::{Context, Result, ensure};
use std::process::Command;
use std::time::Instant;

/// A check: its name, and how to make it.
type Check = (&'static str, fn() -> Result<()>);

const CHECKS: [Check; 10] = [
    ("rustfmt", rustfmt),
    ("clippy, hosts", clippy_hosts),
    ("clippy, blobs", || each_blob(freestanding::clippy)),
    ("clippy, boot shim", || silent(&mut freestanding::clippy(&shim::PROGRAM)?)),
    ("rustdoc, hosts", rustdoc_hosts),
    ("rustdoc, blobs", || each_blob(|program| Ok(strict_doc(freestanding::doc(program)?)))),
    ("rustdoc, boot shim", || silent(&mut strict_doc(freestanding::doc(&shim::PROGRAM)?))),
    ("census of the blobs' instructions", census_of_blobs),
    ("purgatory.h is current", header::check),
    ("house rules", house::check),
];

/// Makes all checks, whatever fails; an error if anything did.
pub(crate) fn run() -> Result<()> {
    let mut failed = 0;
    for (name, check) in CHECKS {
        let started = Instant::now();
        let result = check();
        let word = if result.is_ok() { "ok" } else { "FAILED" };
        println!("{word:<7} {name:<36} {:>6.1} s", started.elapsed().as_secs_f64());
        if let Err(error) = result {
            println!("{error:#}");
            failed += 1;
        }
    }
    ensure!(failed == 0, "{failed} of {} checks failed", CHECKS.len());
    Ok(())
}

/// Runs a command whose output matters only if it fails.
fn silent(command: &mut Command) -> Result<()> {
    read(command).map(drop)
}

fn rustfmt() -> Result<()> {
    // The names are enough: `cargo fmt` does the rest.
    silent(cargo().args(["fmt", "--all", "--check", "--", "--files-with-diff"]))
}

fn clippy_hosts() -> Result<()> {
    let arguments =
        ["clippy", "--quiet", "--workspace", "--all-targets", "--features", GATED_TESTS];
    silent(cargo().args(arguments).args(["--", "-D", "warnings"]))
}

fn rustdoc_hosts() -> Result<()> {
    let mut command = cargo();
    command.args(["doc", "--quiet", "--workspace", "--lib", "--bin", "xtask"]);
    // With the modules that exist only without an operating system: other pages link to them.
    command.args(["--features", "purgatory/blob,boot-shim/bare-metal"]);
    silent(&mut strict_doc(command))
}

/// For whoever works on the project: private pages too, which public ones then may link to.
fn strict_doc(mut command: Command) -> Command {
    command.args(["--no-deps", "--document-private-items"]);
    command.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links");
    command
}

fn each_blob(command: fn(&Program<'_>) -> Result<Command>) -> Result<()> {
    blob::ALL.iter().try_for_each(|kind| silent(&mut command(&kind.program)?))
}

fn census_of_blobs() -> Result<()> {
    blob::ALL.iter().try_for_each(|kind| {
        census::take(&blob::build(root(), kind)?.linked).map(drop).context(kind.loader.file())
    })
}

//! `cargo xtask test`: runs all tests. Prints a line for each test, then a table of the parts and a total.

mod cargo_test;
mod reproducible;
mod sanitizer;
mod tally;

use crate::freestanding::{SEPARATOR, SOFT_SHA256};
use crate::workspace::{GATED_TESTS, cargo, root};
use crate::{build, fuzz, progress};
use anyhow::{Result, ensure};
use purgatory_sha256::Implementation;
use qemu_tests::provision;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
pub(crate) use tally::Tally;

/// The options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Also run the host tests with AddressSanitizer, make the less important runs of stock kernels, and read the dumps
    /// with `crash` and drgn
    ///
    /// The additional runs include those of kexec-tools with its own purgatory. drgn needs the kernels' debugging
    /// information: this fetches 300 MB for each kernel.
    #[arg(long)]
    full: bool,
}

/// A part of the tests: its name, and its function.
type Part = (&'static str, fn() -> Result<Tally>);

/// The first part.
const PROGRAMS: Part = ("build, loader contracts, census of instructions", programs);

/// Parts that run at the same time as [`FOREGROUND`]. Each has a separate target directory.
const CONCURRENT: [Part; 3] = [
    ("reproducible build of the workspace's crates", reproducible::members),
    ("SHA-256 tests with the blobs' sha2 flags", soft_sha256),
    ("fuzzing of the readers of foreign bytes", fuzz::test),
];

/// Parts without QEMU.
const FOREGROUND: [Part; 2] =
    [("host tests", host), ("purgatories run in a process", in_a_process)];

/// Parts with QEMU. No other part runs at the same time.
const EMULATED: [Part; 4] = [
    ("start of QEMU and Bochs, fetched packages", machines),
    ("boot shim", || gated(&["--test", "shim"])),
    ("SHA-256 implementations on emulated processors", || gated(&["--test", "sha256"])),
    ("stock kernels", || gated(&["--test", "stock", "--", "--skip", qemu_tests::FULL])),
];

/// Parts that run only with `--full`.
const FULL: [Part; 3] = [
    ("host tests with AddressSanitizer", sanitizer::host),
    ("reproducible build with all dependencies", reproducible::everything),
    ("more runs of stock kernels", || gated(&["--test", "stock", "--", qemu_tests::FULL])),
];

/// The result of a part: its name, its tests, and its duration.
type Row = (&'static str, Tally, Duration);

/// Runs all parts, also after one has failed.
///
/// # Errors
///
/// Returns an error if a test fails, or if a program that the tests need is missing.
pub(crate) fn run(options: &Options) -> Result<()> {
    let (full, left_out) = FULL.split_at(if options.full { FULL.len() } else { 0 });
    // Before the first part: a missing program ends the tests at once, and no two parts run apt-get at the same time.
    for program in provision::PROGRAMS {
        provision::require(program)?;
    }
    let mut rows = vec![run_part(PROGRAMS)];
    thread::scope(|scope| {
        let concurrent = CONCURRENT.map(|(name, _)| name);
        let running = scope.spawn(|| CONCURRENT.map(run_part));
        rows.extend(FOREGROUND.map(run_part));
        let panicked = |_| concurrent.map(|name| (name, Tally::FAILED, Duration::ZERO));
        rows.extend(running.join().unwrap_or_else(panicked));
    });
    rows.extend(EMULATED.iter().chain(full).copied().map(run_part));
    println!("\n{:<48} {:>7} {:>7} {:>8}", "part", "passed", "failed", "seconds");
    let mut sum = Tally::default();
    for (name, tally @ Tally { passed, failed }, time) in rows {
        println!("{name:<48} {passed:>7} {failed:>7} {:>8.1}", time.as_secs_f64());
        sum += tally;
    }
    for (name, _) in left_out {
        println!("{name:<48} skipped: runs only with --full");
    }
    println!("\n{} passed, {} failed", sum.passed, sum.failed);
    ensure!(sum.failed == 0, "{} tests failed", sum.failed);
    Ok(())
}

/// Runs a part. A part without a test fails: its filter may select no test.
fn run_part((name, run): Part) -> Row {
    progress::begin(name);
    let started = Instant::now();
    let tally = run().and_then(|tally| {
        ensure!(tally.passed + tally.failed != 0, "no test ran: check the filter of this part");
        Ok(tally)
    });
    let tally = tally.unwrap_or_else(|error| {
        println!("  {name}: error: {error:#}");
        Tally::FAILED
    });
    (name, tally, started.elapsed())
}

/// Builds the programs that the other parts test.
fn programs() -> Result<Tally> {
    build::run(&build::Options::default())?;
    Ok(Tally::PASSED)
}

/// Runs the tests without QEMU. The purgatory is tested with the features of each blob.
fn host() -> Result<Tally> {
    host_tests(|_| ())
}

/// Runs the tests of [`host`] with commands that `change` has changed.
fn host_tests(change: fn(&mut Command)) -> Result<Tally> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--exclude", "purgatory", "--no-fail-fast"]);
    skip_missing_implementations(&mut command);
    change(&mut command);
    let mut tally = cargo_test::run(&mut command)?;
    for features in ["", "kexec-tools", "native"] {
        println!("  purgatory with the features [{features}]");
        let mut command = cargo();
        command.args(["test", "--package", "purgatory", "--lib", "--no-fail-fast"]);
        command.args(["--no-default-features", "--features", features]);
        change(&mut command);
        tally += cargo_test::run(&mut command)?;
    }
    let mut command = cargo();
    command.args(["test", "--package", "purgatory", "--lib", "--no-default-features"]);
    command.args(["--features", "native,no-continue", "no_continue"]);
    tally += cargo_test::run(&mut command)?;
    Ok(tally)
}

/// Makes the SHA-256 tests of `command` skip the implementations that this processor cannot run, and prints their
/// names. Another part of the tests runs them on emulated processors.
fn skip_missing_implementations(command: &mut Command) {
    let present: Vec<&str> = Implementation::detected().map(Implementation::name).collect();
    let missing: Vec<&str> =
        Implementation::NAMES.into_iter().filter(|name| !present.contains(name)).collect();
    println!("  SHA-256 implementations on this processor: {}", present.join(", "));
    if !missing.is_empty() {
        println!("  tested on emulated processors only: {}", missing.join(", "));
    }
    command.env("PURGATORY_TEST_WITHOUT", missing.join(","));
}

/// Runs the tests of `purgatory_sha256` with the blobs' flags. Without them, the sha2 crate detects SHA-NI itself, so
/// the host tests do not run the code that the blobs have.
fn soft_sha256() -> Result<Tally> {
    let mut command = cargo();
    command.args(["test", "--package", "purgatory-sha256", "--no-fail-fast", "--target-dir"]);
    command.arg(root().join("target/soft"));
    // Shows the implementations of this processor, which the tests print.
    command.args(["--", "--show-output"]);
    skip_missing_implementations(&mut command);
    command.env("CARGO_ENCODED_RUSTFLAGS", SOFT_SHA256.join(SEPARATOR));
    cargo_test::run(&mut command)
}

/// Runs the purgatories of the bench, stock and ours, in a process, and ours with exceptions.
fn in_a_process() -> Result<Tally> {
    gated(&["--test", "blob_purgatories", "--test", "blobs", "--test", "campaign"])
}

/// Runs the unit tests that start QEMU, which are in modules called `with_qemu`.
fn machines() -> Result<Tally> {
    gated(&["--lib", "--", "::with_qemu::"])
}

/// Runs tests that need the blobs, packages or QEMU. It selects the whole workspace, as [`host`] does: with fewer
/// packages, dependencies would have different features, and cargo would build them again.
fn gated(selection: &[&str]) -> Result<Tally> {
    let command = ["test", "--workspace", "--features", GATED_TESTS];
    cargo_test::run(cargo().args(command).args(selection))
}

//! `cargo xtask test`: every test of the project, with a line a test, a table, and the sum.

mod cargo_test;
mod fuzz;
mod reproducible;
mod tally;

use crate::freestanding::{SEPARATOR, SOFT_SHA256};
use crate::workspace::{GATED_TESTS, cargo, root};
use crate::{build, progress};
use anyhow::{Result, ensure};
use purgatory_sha256::Implementation;
use qemu_tests::provision;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use tally::Tally;

/// What is run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Also make the runs of stock kernels that others make nearly needless, those of kexec-tools with its own purgatory among
    /// them, and read dumps with `crash`, and with drgn and the kernels' debugging information: fetches 300 MB a kernel.
    #[arg(long)]
    full: bool,
}

/// A part of the tests: its name, and how it is run.
type Part = (&'static str, fn() -> Result<Tally>);

/// The first part.
const PROGRAMS: Part = ("the programs, their contract, the census", programs);

/// Parts that run at the same time as [`FOREGROUND`]: each has a target directory of its own.
const CONCURRENT: [Part; 3] = [
    ("the same bytes in another directory", reproducible::members),
    ("SHA-256 as the blob has it: soft and compact", soft_sha256),
    ("fuzzing the loader", fuzz::loader),
];

/// Parts without QEMU.
const FOREGROUND: [Part; 2] = [("host tests", host), ("purgatories in a process", in_a_process)];

/// Parts with QEMU, which have the machine to themselves.
const EMULATED: [Part; 4] = [
    ("what the machines are started with", machines),
    ("boot shim", || gated(&["--test", "shim"])),
    ("SHA-256 implementations on every processor", || gated(&["--test", "sha256"])),
    ("stock kernels", || gated(&["--test", "stock", "--", "--skip", qemu_tests::FULL])),
];

/// What is run with `--full`.
const FULL: [Part; 2] = [
    ("the same bytes, with all dependencies built again", reproducible::everything),
    ("more runs of stock kernels", || gated(&["--test", "stock", "--", qemu_tests::FULL])),
];

/// A part that has been run: its name, its tests, and how long it took.
type Row = (&'static str, Tally, Duration);

/// Runs all parts, whatever fails; an error if anything did.
pub(crate) fn run(options: &Options) -> Result<()> {
    let (full, left_out) = FULL.split_at(if options.full { FULL.len() } else { 0 });
    // Here, and not when a part needs it: a missing program ends the tests at once, and apt-get runs once at a time.
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
        println!("{name:<48} left out: it takes --full");
    }
    println!("\n{} passed, {} failed", sum.passed, sum.failed);
    ensure!(sum.failed == 0, "not everything passed");
    Ok(())
}

/// Runs a part. One that runs no test fails: its filter may select nothing.
fn run_part((name, run): Part) -> Row {
    progress::begin(name);
    let started = Instant::now();
    let tally = run().and_then(|tally| {
        ensure!(tally.passed + tally.failed != 0, "no test was run");
        Ok(tally)
    });
    let tally = tally.unwrap_or_else(|error| {
        println!("  {name}: error: {error:#}");
        Tally::FAILED
    });
    (name, tally, started.elapsed())
}

/// Builds what the other parts test.
fn programs() -> Result<Tally> {
    build::run()?;
    Ok(Tally::PASSED)
}

/// Everything that runs without QEMU. The purgatory is tested with the features of each blob.
fn host() -> Result<Tally> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--exclude", "purgatory", "--no-fail-fast"]);
    excuse_implementations(&mut command);
    let mut tally = cargo_test::run(&mut command)?;
    for features in ["", "kexec-tools", "native"] {
        println!("  purgatory with the features [{features}]");
        let mut command = cargo();
        command.args(["test", "--package", "purgatory", "--lib", "--no-fail-fast"]);
        command.args(["--no-default-features", "--features", features]);
        tally += cargo_test::run(&mut command)?;
    }
    Ok(tally)
}

/// Tells tests of SHA-256 to go without what this processor cannot run, and says so. Another part of the tests runs those
/// implementations all the same, on emulated processors.
fn excuse_implementations(command: &mut Command) {
    let here: Vec<&str> = Implementation::detected().map(Implementation::name).collect();
    let missing: Vec<&str> =
        Implementation::NAMES.into_iter().filter(|name| !here.contains(name)).collect();
    println!("  SHA-256 implementations of this processor: {}", here.join(", "));
    if !missing.is_empty() {
        println!("  not run here, but on emulated processors below: {}", missing.join(", "));
    }
    command.env("PURGATORY_TEST_WITHOUT", missing.join(","));
}

/// On a host sha2 finds out about SHA-NI by itself; the blob must not, and has other code in its place.
fn soft_sha256() -> Result<Tally> {
    let mut command = cargo();
    command.args(["test", "--package", "purgatory-sha256", "--no-fail-fast", "--target-dir"]);
    command.arg(root().join("target/soft"));
    // The tests say which implementations this processor has.
    command.args(["--", "--show-output"]);
    excuse_implementations(&mut command);
    command.env("CARGO_ENCODED_RUSTFLAGS", SOFT_SHA256.join(SEPARATOR));
    cargo_test::run(&mut command)
}

/// The purgatories that the bench measures, stock ones among them, and ours with faults.
fn in_a_process() -> Result<Tally> {
    gated(&["--test", "blob_purgatories", "--test", "blobs"])
}

/// Unit tests that start QEMU: those in modules `with_qemu`.
fn machines() -> Result<Tally> {
    gated(&["--lib", "--", "::with_qemu::"])
}

/// Tests that need the blobs, packages or QEMU. For the whole workspace, as [`host`]: with other packages, dependencies
/// would have other features, and be built once more.
fn gated(selection: &[&str]) -> Result<Tally> {
    let command = ["test", "--workspace", "--features", GATED_TESTS];
    cargo_test::run(cargo().args(command).args(selection))
}

//! The loader's parser, and its decoder of loaded images, on arbitrary bytes, for less than a minute.

use super::tally::Tally;
use crate::freestanding::SEPARATOR;
use crate::workspace::{TARGET, cargo, read_errors, root, run};
use anyhow::{Context, Result, ensure};
use qemu_tests::provision;
use std::process::{Command, Stdio};

/// The fuzz targets, which run at the same time.
const TARGETS: [&str; 2] = ["parse", "loaded"];

/// How long each runs, in seconds.
const SECONDS: u32 = 20;

/// How long one input may take, in seconds.
const INPUT_SECONDS: u32 = 10;

/// How many inputs a target tries at least: some thousands a second are usual.
const FEWEST: u64 = 10_000;

/// Compiler flags: the instrumentation that libFuzzer reads (Clang's SanitizerCoverage), and debug assertions. No
/// sanitizer: those need a nightly toolchain, and the code under test is safe Rust.
const FLAGS: [&str; 8] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions",
    "-Ccodegen-units=1",
    "--cfg=fuzzing",
];

/// The start of libFuzzer's line with the number of inputs that it tried.
const EXECUTED: &str = "stat::number_of_executed_units:";

/// Runs the fuzz targets; a test each, passed if nothing panics.
pub(super) fn loader() -> Result<Tally> {
    provision::require(provision::CXX)?;
    let package = root().join("crates/purgatory-loader");
    let directory = root().join("target/fuzz");
    let corpus = directory.join("corpus");
    let seeds = ["run", "--quiet", "--package", "purgatory-loader", "--example", "seeds"];
    run(cargo().args(seeds).arg("--target-dir").arg(&directory).arg("--").arg(&corpus))?;
    let mut build = cargo();
    build.args(["build", "--quiet", "--release", "--target", TARGET, "--manifest-path"]);
    build.arg(package.join("fuzz/Cargo.toml")).arg("--target-dir").arg(&directory);
    run(build.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join(SEPARATOR)))?;

    println!("  arbitrary bytes for {}, {SECONDS} seconds", TARGETS.join(" and "));
    let command = |target: &str| {
        let program = directory.join(TARGET).join("release").join(target);
        let mut command = Command::new(program);
        // A file with the bytes that made it panic is left there.
        command.current_dir(&directory).stdin(Stdio::null()).arg(corpus.join(target));
        command.arg(format!("-max_total_time={SECONDS}")).arg("-print_final_stats=1");
        command.arg(format!("-timeout={INPUT_SECONDS}"));
        command
    };
    std::thread::scope(|scope| {
        let running = TARGETS.map(|target| scope.spawn(move || read_errors(&mut command(target))));
        let mut tally = Tally::default();
        for (target, running) in TARGETS.into_iter().zip(running) {
            let report = running.join().ok().with_context(|| format!("{target} was not run"));
            tally += match report.and_then(|report| tried(&report?)) {
                Ok(inputs) => {
                    println!("  {target}: {inputs} inputs");
                    Tally::PASSED
                }
                Err(error) => {
                    println!("  {target}: FAILED: {error:#}");
                    Tally::FAILED
                }
            };
        }
        Ok(tally)
    })
}

/// How many inputs were tried, by libFuzzer's final statistics.
fn tried(report: &str) -> Result<u64> {
    let number = report.lines().find_map(|line| line.strip_prefix(EXECUTED));
    let number = number.with_context(|| format!("no line `{EXECUTED}`"))?.trim().parse()?;
    ensure!(number >= FEWEST, "only {number} inputs were tried, and {FEWEST} are expected");
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_tries_enough_is_counted() {
        let report = |number| format!("x\nstat::number_of_executed_units: {number}\ny");
        assert_eq!(tried(&report(FEWEST)).unwrap(), FEWEST);
        for few in ["9999", "", "x"] {
            assert!(tried(&report(0).replace('0', few)).is_err(), "{few}");
        }
        assert!(tried("Done").is_err());
    }
}

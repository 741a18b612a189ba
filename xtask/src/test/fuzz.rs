//! Fuzzes the loader's object parser, and its decoder of loaded images, for less than a minute.

use super::tally::Tally;
use crate::freestanding::SEPARATOR;
use crate::workspace::{TARGET, cargo, read_errors, root, run};
use anyhow::{Context, Result, ensure};
use qemu_tests::provision;
use std::process::{Command, Stdio};

/// The fuzz targets. They run at the same time.
const TARGETS: [&str; 2] = ["parse", "loaded"];

/// The running time of each target, in seconds.
const SECONDS: u32 = 20;

/// The maximum time for one input, in seconds.
const INPUT_SECONDS: u32 = 10;

/// The minimum number of inputs for each target. Some thousands a second are usual.
const MIN_INPUTS: u64 = 10_000;

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

/// The start of libFuzzer's line with the number of executed inputs.
const EXECUTED: &str = "stat::number_of_executed_units:";

/// Runs the fuzz targets. Each counts as one test, which passes if no input makes the target panic.
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

    println!("  fuzz targets: {}, {SECONDS} seconds each", TARGETS.join(" and "));
    let command = |target: &str| {
        let program = directory.join(TARGET).join("release").join(target);
        let mut command = Command::new(program);
        // libFuzzer writes the input of a panic to a file in this directory.
        command.current_dir(&directory).stdin(Stdio::null()).arg(corpus.join(target));
        command.arg(format!("-max_total_time={SECONDS}")).arg("-print_final_stats=1");
        command.arg(format!("-timeout={INPUT_SECONDS}"));
        command
    };
    std::thread::scope(|scope| {
        let running = TARGETS.map(|target| scope.spawn(move || read_errors(&mut command(target))));
        let mut tally = Tally::default();
        for (target, running) in TARGETS.into_iter().zip(running) {
            let report =
                running.join().ok().with_context(|| format!("the thread of {target} panicked"));
            tally += match report.and_then(|report| executed_inputs(&report?)) {
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

/// Returns the number of executed inputs in libFuzzer's final statistics.
fn executed_inputs(report: &str) -> Result<u64> {
    let number = report.lines().find_map(|line| line.strip_prefix(EXECUTED));
    let number = number
        .with_context(|| format!("libFuzzer printed no line `{EXECUTED}`"))?
        .trim()
        .parse()?;
    ensure!(number >= MIN_INPUTS, "executed only {number} inputs, the minimum is {MIN_INPUTS}");
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_inputs_and_rejects_too_few() {
        let report = |number| format!("x\nstat::number_of_executed_units: {number}\ny");
        assert_eq!(executed_inputs(&report(MIN_INPUTS)).unwrap(), MIN_INPUTS);
        for few in ["9999", "", "x"] {
            assert!(executed_inputs(&report(0).replace('0', few)).is_err(), "{few}");
        }
        assert!(executed_inputs("Done").is_err());
    }
}

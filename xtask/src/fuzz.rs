//! `cargo xtask fuzz`: runs the fuzz targets of the directory `fuzz`, two at a time. `cargo xtask test` runs them for
//! some seconds.

use crate::freestanding::SEPARATOR;
use crate::progress;
use crate::test::Tally;
use crate::workspace::{TARGET, cargo, root, run};
use anyhow::{Context, Result, anyhow, ensure};
use qemu_tests::provision;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// The fuzz targets. `fuzz/src/lib.rs` describes them.
const TARGETS: [&str; 6] = ["object", "image", "tables", "report", "files", "system"];

/// The number of targets that run at the same time.
const AT_A_TIME: usize = 2;

/// The running time of each target in `cargo xtask test`, in seconds.
const TEST_SECONDS: u32 = 10;

/// The maximum time for one input, in seconds.
const INPUT_SECONDS: u32 = 10;

/// The minimum number of inputs for each target. Some hundreds a second are usual.
const MIN_INPUTS: u64 = 500;

/// The time between two lines about the progress of a target.
const PROGRESS: Duration = Duration::from_secs(60);

/// The number of lines of libFuzzer that are shown if a target fails.
const SHOWN: usize = 60;

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

/// A directory in memory, for the targets' temporary files.
const IN_MEMORY: &str = "/dev/shm";

/// The options of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only these targets
    #[arg(value_name = "TARGET", value_parser = TARGETS)]
    targets: Vec<String>,
    /// Run each target for this time
    #[arg(long, default_value_t = 3600)]
    seconds: u32,
}

/// Runs the targets, with a line about the progress of each one every minute.
///
/// # Errors
///
/// Returns an error if an input makes a target panic, or if a program that they need is missing.
pub(crate) fn run_targets(options: &Options) -> Result<()> {
    let chosen = |target: &&str| options.targets.iter().any(|chosen| chosen == target);
    let targets: Vec<_> =
        TARGETS.into_iter().filter(|target| options.targets.is_empty() || chosen(target)).collect();
    progress::begin("fuzz targets");
    let tally = fuzz(&targets, options.seconds)?;
    ensure!(tally.failed == 0, "{} of {} targets failed", tally.failed, targets.len());
    Ok(())
}

/// Runs all targets for some seconds. Each counts as one test, which passes if no input makes the target panic.
pub(crate) fn test() -> Result<Tally> {
    fuzz(&TARGETS, TEST_SECONDS)
}

fn fuzz(targets: &[&str], seconds: u32) -> Result<Tally> {
    provision::require(provision::CXX)?;
    let directory = root().join("target/fuzz");
    let mut build = cargo();
    build.args(["build", "--quiet", "--release", "--target", TARGET, "--manifest-path"]);
    build.arg(root().join("fuzz/Cargo.toml")).arg("--target-dir").arg(&directory);
    run(build.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join(SEPARATOR)))?;

    println!("  {}: {seconds} seconds each", targets.join(", "));
    let waiting = Mutex::new(targets.iter());
    let next = || waiting.lock().ok().and_then(|mut targets| targets.next().copied());
    let worker = || {
        let mut tally = Tally::default();
        while let Some(target) = next() {
            tally += match fuzz_target(&directory, target, seconds) {
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
        tally
    };
    thread::scope(|scope| {
        let running = [(); AT_A_TIME].map(|()| scope.spawn(worker));
        let mut all = Tally::default();
        for worker in running {
            all += worker.join().map_err(|_| anyhow!("the thread of a target panicked"))?;
        }
        Ok(all)
    })
}

/// Runs a target, and returns the number of inputs.
fn fuzz_target(directory: &Path, target: &str, seconds: u32) -> Result<u64> {
    let mut command = Command::new(directory.join(TARGET).join("release").join(target));
    // libFuzzer writes the input of a panic to a file in this directory.
    command.current_dir(directory).arg(PathBuf::from("corpus").join(target));
    command.arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1");
    command.arg(format!("-timeout={INPUT_SECONDS}"));
    if Path::new(IN_MEMORY).is_dir() {
        command.env("TMPDIR", IN_MEMORY);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {target}"))?;
    let output = child.stderr.take().context("the standard error of the child is not piped")?;
    let (mut last, mut shown) = (VecDeque::new(), Instant::now());
    for line in BufReader::new(output).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        if line.starts_with('#') && shown.elapsed() >= PROGRESS {
            println!("  {target}: {line}");
            shown = Instant::now();
        }
        if last.len() == SHOWN {
            last.pop_front();
        }
        last.push_back(line);
    }
    let status = child.wait()?;
    let last = last.make_contiguous().join("\n");
    ensure!(status.success(), "{status}, in {}\n{last}", directory.display());
    executed_inputs(&last)
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
        for few in ["499", "", "x"] {
            assert!(executed_inputs(&report(0).replace('0', few)).is_err(), "{few}");
        }
        assert!(executed_inputs("Done").is_err());
    }
}

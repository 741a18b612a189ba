//! The loader's parser, and its decoder of loaded images, on arbitrary bytes, for less than a minute.

use super::tally::Tally;
use crate::freestanding::SEPARATOR;
use crate::workspace::{TARGET, cargo, read_errors, root, run};
use anyhow::{Context, Result};
use qemu_tests::provision;
use std::process::{Command, Stdio};

/// The fuzz targets, which run at the same time.
const TARGETS: [&str; 2] = ["parse", "loaded"];

/// How long each runs, in seconds.
const SECONDS: u32 = 20;

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

/// How libFuzzer begins the line that says how much it tried.
const EXECUTED: &str = "stat::number_of_executed_units";

/// Runs the fuzz targets; a test each, passed if nothing panics.
pub(super) fn loader() -> Result<Tally> {
    provision::require(provision::CXX)?;
    let package = root().join("crates/purgatory-loader");
    let folder = root().join("target/fuzz");
    let corpus = folder.join("corpus");
    let seeds = ["run", "--quiet", "--package", "purgatory-loader", "--example", "seeds", "--"];
    run(cargo().args(seeds).arg(&corpus))?;
    let mut build = cargo();
    build.args(["build", "--quiet", "--release", "--target", TARGET, "--manifest-path"]);
    build.arg(package.join("fuzz/Cargo.toml")).arg("--target-dir").arg(&folder);
    run(build.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join(SEPARATOR)))?;

    println!("  arbitrary bytes for {}, {SECONDS} seconds", TARGETS.join(" and "));
    let command = |target: &str| {
        let program = folder.join(TARGET).join("release").join(target);
        let mut command = Command::new(program);
        // A file with the bytes that made it panic is left there.
        command.current_dir(&folder).stdin(Stdio::null()).arg(corpus.join(target));
        command.arg(format!("-max_total_time={SECONDS}")).arg("-print_final_stats=1");
        command
    };
    std::thread::scope(|scope| {
        let running = TARGETS.map(|target| scope.spawn(move || read_errors(&mut command(target))));
        let mut tally = Tally::default();
        for (target, running) in TARGETS.into_iter().zip(running) {
            let report = running.join().ok().with_context(|| format!("{target} was not run"))??;
            for line in report.lines().filter(|line| line.starts_with(EXECUTED)) {
                println!("  {target}: {line}");
            }
            tally += Tally::PASSED;
        }
        Ok(tally)
    })
}

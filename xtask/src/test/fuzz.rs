//! The loader's parser, and its decoder of loaded images, on arbitrary bytes, for less than a minute.

use super::tally::Tally;
use crate::workspace::{cargo, read_errors, root, run};
use anyhow::Result;
use qemu_tests::provision;
use std::path::PathBuf;
use std::process::Command;

/// The fuzz targets, and how long each runs, in seconds.
const TARGETS: [(&str, u32); 2] = [("parse", 20), ("loaded", 20)];

/// The version of cargo-fuzz that is installed where there is none.
const CARGO_FUZZ: &str = "0.13.2";

/// Runs the fuzz targets; a test each, passed if nothing panics.
pub(super) fn loader() -> Result<Tally> {
    provision::require(provision::CXX)?;
    let cargo_fuzz = cargo_fuzz()?;
    let package = root().join("crates/purgatory-loader");
    let seeds = ["run", "--quiet", "--package", "purgatory-loader", "--example", "seeds", "--"];
    run(cargo().args(seeds).arg(package.join("fuzz/corpus")))?;

    let mut tally = Tally::default();
    for (target, seconds) in TARGETS {
        println!("  arbitrary bytes for {target}, {seconds} seconds");
        let mut command = Command::new(&cargo_fuzz);
        command.current_dir(&package).args(["fuzz", "run"]);
        // Without a sanitizer: those need a nightly toolchain, and the code under test is safe Rust.
        command.args(["--sanitizer", "none", target, "--"]);
        command.arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1");
        let report = read_errors(&mut command)?;
        for line in report.lines().filter(|line| line.starts_with(EXECUTED)) {
            println!("  {line}");
        }
        tally += Tally::PASSED;
    }
    Ok(tally)
}

/// How libFuzzer begins the line that says how much it tried.
const EXECUTED: &str = "stat::number_of_executed_units";

/// cargo-fuzz, in a folder of ours.
fn cargo_fuzz() -> Result<PathBuf> {
    let tools = root().join("target/tools");
    let program = tools.join("bin/cargo-fuzz");
    if !program.is_file() {
        println!("  installing cargo-fuzz {CARGO_FUZZ} to {}", tools.display());
        run(cargo()
            .args([
                "install",
                "--quiet",
                // It only starts others.
                "--debug",
                "--locked",
                "cargo-fuzz",
                "--version",
                CARGO_FUZZ,
                "--root",
            ])
            .arg(&tools))?;
    }
    Ok(program)
}

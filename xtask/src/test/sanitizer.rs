//! Runs the host tests with AddressSanitizer, which detects accesses outside of an object and after its end.

use super::tally::Tally;
use crate::workspace::{TARGET, root, run};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::process::{Command, Stdio};

/// The compiler flag. The runtime library is part of the toolchain.
const FLAG: &str = "-Zsanitizer=address";

/// A program that reads the byte of a vector of four bytes at the index given as an argument, without a check.
const READER: &str = "fn main() {
    let bytes = std::hint::black_box(vec![7_u8; 4]);
    let index: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    // SAFETY: none. An index of 4 or more is the error that the sanitizer must detect.
    std::process::exit((unsafe { *bytes.as_ptr().wrapping_add(index) } != 7).into());
}";

/// The sanitizer's name for an access after the end of a vector.
const OVERFLOW: &str = "heap-buffer-overflow";

/// Runs the host tests, after a test of the sanitizer itself.
pub(super) fn host() -> Result<Tally> {
    detects_an_overflow()?;
    let mut tally = Tally::PASSED;
    tally += super::host_tests(instrument)?;
    Ok(tally)
}

/// Makes a cargo command build with the sanitizer. With a target, cargo does not pass the flag to build scripts and
/// procedural macros.
fn instrument(command: &mut Command) {
    accept_unstable_flags(command);
    command.args(["--target", TARGET, "--target-dir"]).arg(root().join("target/sanitizer"));
    // A leak is not an access outside of an object, and some tests leak on purpose.
    command.env("ASAN_OPTIONS", "detect_leaks=0");
    command.env("CARGO_ENCODED_RUSTFLAGS", FLAG).env("CARGO_ENCODED_RUSTDOCFLAGS", FLAG);
}

/// Makes the stable compiler accept `-Z` flags.
fn accept_unstable_flags(command: &mut Command) {
    command.env("RUSTC_BOOTSTRAP", "1");
}

/// Checks that the sanitizer accepts a correct program and ends one that reads past a vector.
fn detects_an_overflow() -> Result<()> {
    let directory = root().join("target/sanitizer");
    fs::create_dir_all(&directory)?;
    let (source, program) = (directory.join("reader.rs"), directory.join("reader"));
    fs::write(&source, READER)?;
    let mut compiler = Command::new("rustc");
    accept_unstable_flags(&mut compiler);
    run(compiler.current_dir(root()).args([FLAG, "-o"]).arg(&program).arg(&source))?;
    let read = |index: &str| {
        let mut reader = Command::new(&program);
        let output = reader.arg(index).stdin(Stdio::null()).output();
        output.with_context(|| format!("cannot start {}", program.display()))
    };
    ensure!(read("3")?.status.success(), "the sanitizer ends a program that is correct");
    let overflow = read("4")?;
    let report = String::from_utf8_lossy(&overflow.stderr);
    let detected = !overflow.status.success() && report.contains(OVERFLOW);
    ensure!(detected, "the sanitizer does not detect an overflow: {}, {report}", overflow.status);
    println!("  the sanitizer detects an overflow");
    Ok(())
}

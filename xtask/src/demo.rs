//! `cargo xtask demo`: panics a stock kernel under QEMU, and shows the reports of the stock purgatory and of ours.

use crate::{build, progress};
use anyhow::{Context, Result};
use qemu_tests::stock::case::{Case, Purgatory};
use qemu_tests::stock::cases::{linux, native};
use qemu_tests::stock::files::Setup;
use qemu_tests::stock::run::run as crash;
use qemu_tests::stock::states::States;
use std::sync::Arc;

/// A run: the case, the purgatory, and a description.
type Run = (&'static Case, Purgatory, &'static str);

/// Builds the blobs, and panics the newest stock kernel five times: intact, with one bit of the capture kernel
/// flipped, and with both loaders.
///
/// # Errors
///
/// Returns an error if a run does not end as its case expects.
pub(crate) fn run() -> Result<()> {
    build::run(&build::Options::default())?;
    let setup = Arc::new(Setup::newest()?);
    progress::begin("fetch a stock kernel and its programs");
    println!("  Linux {}", setup.files()?.release);

    let named = |name: &str| {
        let case = linux::ALL.iter().find(|case| case.name == name);
        case.with_context(|| format!("there is no case {name}"))
    };
    let corrupted = named("kernel-changed")?;
    let runs: [Run; 5] = [
        (named("verbose")?, Purgatory::Ours, "a panic, with our purgatory set to verbose"),
        (corrupted, Purgatory::Stock, "one bit of the kernel flipped, with the stock purgatory"),
        (corrupted, Purgatory::Ours, "one bit of the kernel flipped, with our purgatory"),
        (
            &native::VERBOSE,
            Purgatory::Ours,
            "a panic, loaded with `purgatory load --panic --verbose`",
        ),
        (
            &native::KERNEL_CHANGED,
            Purgatory::Ours,
            "one bit of the kernel flipped, loaded with `purgatory load --panic`",
        ),
    ];
    let mut results = Vec::new();
    for (case, purgatory, description) in runs {
        progress::begin(description);
        println!("  lines of the machine's serial port follow the |\n");
        let prefix =
            format!("  {} {} {} | ", setup.kernel.name, case.loader.name(), purgatory.name());
        // No saved state: the output begins at power-on.
        let state = States::default().load(&setup, case, purgatory);
        let (seen, report) = crash(case, purgatory, &state, Some(&prefix))?;
        println!("\n  result: {seen}");
        results.push((description, seen, report));
    }

    progress::begin("results, and the lines that each purgatory printed");
    for (description, seen, report) in results {
        println!("\n  {description}: {seen}");
        report.iter().for_each(|line| println!("    {line}"));
    }
    Ok(())
}

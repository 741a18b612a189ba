//! `cargo xtask demo`: a stock kernel panics, and the purgatory that it loaded, or that our own loader has, is ours.

use crate::{build, progress};
use anyhow::{Context, Result};
use qemu_tests::crash::case::{Case, OURS, Purgatory, TWINS};
use qemu_tests::crash::outcome::Outcome;
use qemu_tests::crash::run::run as crash;
use qemu_tests::crash::setup::Setup;
use qemu_tests::crash::table::{Row, table, tell};
use qemu_tests::kernels;
use qemu_tests::native::cases::{KERNEL_CHANGED, VERBOSE};
use qemu_tests::native::run::run as crash_native;
use qemu_tests::native::setup::Setup as NativeSetup;

/// Builds the blob, crashes the newest stock kernel with it, then once more with one byte changed, with the stock
/// purgatory and with ours, and then with our own loader; an error if anything went otherwise than expected.
pub(crate) fn run() -> Result<()> {
    build::run()?;
    let kernel = kernels::all()?.pop().context("no kernel is known for this machine")?;
    let setup = Setup::new(kernel);
    progress::begin("the stock kernel and its programs");
    let release = &setup.files()?.release;
    println!("  Linux {release}");

    let mut rows = Vec::new();
    for (case, purgatory, what) in [
        ("verbose", Purgatory::Ours, "a panic, with our purgatory told to be verbose"),
        (
            "kernel-changed",
            Purgatory::Stock,
            "one bit of the loaded kernel flipped, with the stock purgatory",
        ),
        (
            "kernel-changed",
            Purgatory::Ours,
            "one bit of the loaded kernel flipped, with our purgatory",
        ),
    ] {
        progress::begin(what);
        let case = named(case)?;
        println!("  behind each | is a line of the machine's serial port\n");
        let seen = Ok(one(&setup, purgatory, case)?);
        println!("\n  seen: {}", tell(&seen));
        rows.push(Row { kernel: setup.kernel.name.clone(), purgatory, case: case.name, seen });
    }

    progress::begin("what each of them said");
    for row in &rows {
        println!("\n  {}, {}:", row.case, row.purgatory.name());
        let said: Vec<&String> = row.seen.iter().flat_map(|o| o.reports.iter().flatten()).collect();
        if said.is_empty() {
            println!("    nothing");
        }
        said.iter().for_each(|line| println!("    {line}"));
    }
    println!("\n{}", table(&rows));
    native()
}

/// `purgatory load --panic`, which takes a digest for each 64 KiB: the report names segment and chunk.
fn native() -> Result<()> {
    let setup = NativeSetup::all()?.pop().context("no kernel is known for this machine")?;
    let mut said = Vec::new();
    for (case, what) in [
        (VERBOSE, "a panic, loaded with `purgatory load --panic --verbose`"),
        (
            KERNEL_CHANGED,
            "one bit of the loaded kernel flipped, loaded with `purgatory load --panic`",
        ),
    ] {
        progress::begin(what);
        println!("  behind each | is a line of the machine's serial port\n");
        let prefix = format!("  {} native | ", setup.kernel.name);
        let outcome = crash_native(&setup, &case, Some(&prefix))?;
        println!("\n  seen: {}", tell(&Ok(outcome.clone())));
        said.push((what, outcome));
    }
    progress::begin("what was said of what our own loader had loaded");
    for (what, outcome) in said {
        println!("\n  {what}:");
        outcome.reports.iter().flatten().for_each(|line| println!("    {line}"));
    }
    Ok(())
}

fn one(setup: &Setup, purgatory: Purgatory, case: &Case) -> Result<Outcome> {
    let prefix = format!("  {} {} | ", setup.kernel.name, purgatory.name());
    let (outcome, facts) = crash(setup, purgatory, case, Some(&prefix))?;
    outcome.check(case, &case.expected(purgatory, &facts), &setup.files()?.release)?;
    Ok(outcome)
}

fn named(name: &str) -> Result<&'static Case> {
    TWINS
        .iter()
        .chain(&OURS)
        .find(|case| case.name == name)
        .with_context(|| format!("no run is called {name}"))
}

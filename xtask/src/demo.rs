//! `cargo xtask demo`: a stock kernel panics, and the purgatory that it loaded, or that our own loader has, is ours.

use crate::{build, progress};
use anyhow::{Context, Result};
use qemu_tests::stock::case::{Case, Purgatory};
use qemu_tests::stock::cases::{linux, native};
use qemu_tests::stock::files::Setup;
use qemu_tests::stock::run::run as crash;
use qemu_tests::stock::states::States;
use std::sync::Arc;

/// A run: the case, the purgatory, and what it shows.
type Shown = (&'static Case, Purgatory, &'static str);

/// Builds the blobs, crashes the newest stock kernel with ours, then with a bit flipped, with the stock purgatory and with
/// ours, and then with our own loader; an error if anything is not as expected.
pub(crate) fn run() -> Result<()> {
    build::run()?;
    let setup = Arc::new(Setup::newest()?);
    progress::begin("the stock kernel and its programs");
    println!("  Linux {}", setup.files()?.release);

    let named = |name: &str| {
        let case = linux::ALL.iter().find(|case| case.name == name);
        case.with_context(|| format!("no run is called {name}"))
    };
    let changed = named("kernel-changed")?;
    let shown: [Shown; 5] = [
        (named("verbose")?, Purgatory::Ours, "a panic, with our purgatory set to verbose"),
        (changed, Purgatory::Stock, "one bit of the kernel flipped, with the stock purgatory"),
        (changed, Purgatory::Ours, "one bit of the kernel flipped, with our purgatory"),
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
    for (case, purgatory, what) in shown {
        progress::begin(what);
        println!("  after each | is a line of the machine's serial port\n");
        let prefix =
            format!("  {} {} {} | ", setup.kernel.name, case.loader.name(), purgatory.name());
        // Of its own, so that the machine is shown from power-on.
        let state = States::default().load(&setup, case, purgatory);
        let (seen, report) = crash(case, purgatory, &state, Some(&prefix))?;
        println!("\n  seen: {seen}");
        results.push((what, seen, report));
    }

    progress::begin("what each purgatory printed");
    for (what, seen, report) in results {
        println!("\n  {what}: {seen}");
        report.iter().for_each(|line| println!("    {line}"));
    }
    Ok(())
}

//! The copy of low memory that a crash image's purgatory makes. The shim compares it at the landing.

use anyhow::{Result, ensure};
use purgatory_abi::status::{Action, Status, Warning};
use qemu_tests::shim::{Case, Ending, Outcome, Read};

const VERBOSE: &str = "purgatory.verbose";
/// Where the copy is to go, as the shim says.
const COPY: Read = Read::Memory("backup-at", 0x10_1000);

fn nothing_was_copied(outcome: &Outcome) -> Result<()> {
    ensure!(!outcome.memory.is_empty(), "nothing was read");
    ensure!(outcome.memory.iter().all(|byte| *byte == 0), "something was copied");
    Ok(())
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for backup in ["good", "from-zero", "longest"] {
        for (name, settings) in [("", ""), ("/skip-checks", " skip-checks")] {
            let settings = format!("backup={backup} panic-kernel{settings}");
            let made = Case::lands(&format!("{backup}{name}"), &settings, VERBOSE)
                .does_not_warn(Warning::BackupUnusable);
            cases.push(made);
        }
        // Only a crash image's.
        let settings = format!("backup={backup}");
        cases.push(
            Case::lands(&format!("{backup}/no-crash"), &settings, VERBOSE)
                .does_not_warn(Warning::BackupUnusable)
                .read(COPY)
                .check(nothing_was_copied),
        );
        // Only for an image that is started.
        let settings = format!("backup={backup} panic-kernel flip=kernel/first");
        cases.push(
            Case::halts(&format!("{backup}/broken"), &settings, "", Status::Mismatch)
                .says("  all zeros  backup\r\n")
                .read(COPY)
                .check(nothing_was_copied),
        );
    }
    // Started all the same.
    let settings = "backup=good panic-kernel flip=kernel/first";
    cases.push(
        Case::lands("good/continue", settings, "purgatory.on_failure=continue")
            .verdict(Status::Mismatch, Action::Continue),
    );
    cases.push(Case::lands("good/quiet", "backup=good panic-kernel", "").silent(0));
    cases.push(Case::lands("nowhere", "backup=nowhere panic-kernel", "").silent(0));
    for backup in [
        "too-long",
        "outside",
        "crosses",
        "initrd",
        "unmapped",
        "blob",
        "wraps",
        "source-unmapped",
        "source-partly-unmapped",
    ] {
        let settings = format!("backup={backup} panic-kernel");
        let bad = Case::lands(backup, &settings, "").warns(Warning::BackupUnusable);
        cases.push(bad.verdict(Status::Verified, Action::Boot));
        let settings = format!("backup={backup} panic-kernel flip=kernel/first");
        cases.push(
            Case::ends(&format!("{backup}/broken"), &settings, "", Ending::Halts)
                .verdict(Status::Mismatch, Action::Halt)
                .check(move |outcome| {
                    let named = outcome.serial[0].contains("  backup\r\n");
                    ensure!(named == backup.starts_with("source-"), "named: {named}");
                    Ok(())
                })
                .read(COPY)
                .check(nothing_was_copied),
        );
    }
    // Without regions there is nothing to hold the target against but the purgatory itself.
    for backup in ["too-long", "unmapped", "blob", "wraps", "source-unmapped"] {
        let settings = format!("backup={backup} panic-kernel skip-checks");
        let bad = Case::lands(&format!("{backup}/skip-checks"), &settings, "");
        cases.push(bad.warns(Warning::BackupUnusable).verdict(Status::Skipped, Action::Boot));
    }
    cases
}

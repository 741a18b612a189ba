//! The copy of low memory that a crash image's purgatory makes. The shim compares it at the landing.

use anyhow::{Result, ensure};
use boot_shim::setup::{Backup, KexecTools, Setup};
use purgatory_abi::report::{Content, Line};
use purgatory_abi::status::{Action, Status, Warning};
use qemu_tests::shim::{Case, Ending, Outcome, Read};

use crate::{CORRUPTED, VERBOSE, tools};

/// Where the copy is to go, as the shim says.
const COPY: Read = Read::Memory("backup-at", 0x10_1000);

fn nothing_was_copied(outcome: &Outcome) -> Result<()> {
    ensure!(!outcome.memory.is_empty(), "no bytes were read");
    ensure!(outcome.memory.iter().all(|byte| *byte == 0), "memory was copied");
    Ok(())
}

/// A crash image with this copy.
fn crash(backup: Backup) -> KexecTools {
    KexecTools { backup, panic_kernel: true, ..KexecTools::PLAIN }
}

fn corrupted(kexec_tools: KexecTools) -> Setup<'static> {
    Setup { kexec_tools, ..CORRUPTED }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for backup in [Backup::Good, Backup::FromZero, Backup::Longest] {
        for (name, skip_checks) in [("", false), ("/skip-checks", true)] {
            let setup = tools(KexecTools { skip_checks, ..crash(backup) });
            let made = Case::lands(&format!("{backup:?}{name}"), setup, VERBOSE)
                .does_not_warn(Warning::BackupUnusable);
            cases.push(made);
        }
        // Only a crash image's.
        let no_crash = tools(KexecTools { panic_kernel: false, ..crash(backup) });
        cases.push(
            Case::lands(&format!("{backup:?}/no-crash"), no_crash, VERBOSE)
                .does_not_warn(Warning::BackupUnusable)
                .read(COPY)
                .check(nothing_was_copied),
        );
        // Only for an image that is started.
        let name = format!("{backup:?}/broken");
        cases.push(
            Case::fails(&name, corrupted(crash(backup)), "", Status::Mismatch)
                .says("  all zeros  backup\r\n")
                .read(COPY)
                .check(nothing_was_copied),
        );
    }
    // Started all the same.
    let good = corrupted(crash(Backup::Good));
    cases.push(
        Case::lands("continue", good, "purgatory.on_failure=continue")
            .verdict(Status::Mismatch, Action::Continue),
    );
    for backup in [Backup::Good, Backup::Nowhere] {
        let name = format!("{backup:?}/quiet");
        cases.push(Case::lands(&name, tools(crash(backup)), "").silent(0));
    }
    for backup in [
        Backup::TooLong,
        Backup::Outside,
        Backup::Crosses,
        Backup::Initrd,
        Backup::Unmapped,
        Backup::Blob,
        Backup::Wraps,
        Backup::SourceUnmapped,
        Backup::SourcePartlyUnmapped,
    ] {
        let name = format!("{backup:?}");
        let bad = Case::lands(&name, tools(crash(backup)), "").warns(Warning::BackupUnusable);
        cases.push(bad.verdict(Status::Verified, Action::Boot));
        let is_segment = matches!(backup, Backup::SourceUnmapped | Backup::SourcePartlyUnmapped);
        cases.push(
            Case::ends(&format!("{name}/broken"), corrupted(crash(backup)), "", Ending::Halts)
                .verdict(Status::Mismatch, Action::Halt)
                .check(move |outcome| {
                    let backup = |line: &Line<'_>| matches!(line, Line::Region(line) if line.contents.contains(Content::Backup));
                    let named = outcome.report(0).lines.iter().any(backup);
                    ensure!(named == is_segment, "the error is: {named}");
                    Ok(())
                })
                .read(COPY)
                .check(nothing_was_copied),
        );
    }
    // Without regions there is nothing to hold the target against but the purgatory itself.
    for backup in
        [Backup::TooLong, Backup::Unmapped, Backup::Blob, Backup::Wraps, Backup::SourceUnmapped]
    {
        let setup = tools(KexecTools { skip_checks: true, ..crash(backup) });
        let bad = Case::lands(&format!("{backup:?}/skip-checks"), setup, "");
        cases.push(bad.warns(Warning::BackupUnusable).verdict(Status::Skipped, Action::Boot));
    }
    cases
}

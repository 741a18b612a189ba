//! Images from which the crashed kernel comes back (KEXEC_PRESERVE_CONTEXT): the blob is called, and says where to call
//! back.
//!
//! The shim compares the parameter on the command line with `jump_back_entry`, jumps to that address, and continues
//! there.

use anyhow::{Result, ensure};
use boot_shim::fault::{Byte, Fault, Part};
use boot_shim::setup::{Call, CommandLineEnd, Entry, KexecTools, Place, Setup};
use purgatory_abi::status::{Action, Status};
use qemu_tests::shim::{Case, Outcome, Read};

use crate::{CORRUPTED, PLAIN, VERBOSE, tools};

const BACK: &str = "came back";
/// The address of the parameter, as reported by the shim.
const WORD: Read = Read::Memory("cmdline-end", 64);

fn came_back(outcome: &Outcome) -> Result<()> {
    ensure!(outcome.shim.contains(BACK), "the crashed kernel was not called back");
    Ok(())
}

/// Nothing was appended to the command line, and the crashed kernel was not called back.
fn nothing_happened(outcome: &Outcome) -> Result<()> {
    ensure!(!outcome.shim.contains(BACK), "the crashed kernel was called back");
    // The shim fills the room after the zero.
    ensure!(outcome.memory.starts_with(b"\0xxx"), "text was appended");
    Ok(())
}

const CALLED: KexecTools = KexecTools { call: Call::Good, ..KexecTools::PLAIN };
const SKIP_CHECKS: KexecTools = KexecTools { skip_checks: true, ..KexecTools::PLAIN };

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let dirty = Setup { ts: true, mce: true, xcr0: Some(7), ..PLAIN };
    for (name, setup) in [
        ("6.1", PLAIN),
        ("6.16", Setup { entry: Entry::Linux6_16, ..PLAIN }),
        ("low", Setup { place: Place::Low, ..PLAIN }),
        ("high", Setup { place: Place::High, ..PLAIN }),
        ("dirty", dirty),
        // Without regions, any registers are accepted.
        ("skip-checks", Setup { registers: true, ..tools(SKIP_CHECKS) }),
    ] {
        let kexec_tools = KexecTools { call: Call::Good, ..setup.kexec_tools };
        let called = Setup { kexec_tools, garbage: name == "dirty", ..setup };
        cases.push(Case::lands(name, called, VERBOSE).check(came_back));
        // rdx is 0: the contents of the stack are arbitrary.
        cases.push(
            Case::lands(&format!("{name}/not-called"), setup, VERBOSE)
                .read(WORD)
                .check(nothing_happened),
        );
        if name != "skip-checks" {
            let corrupted = called.with(Fault::flip(Part::Kernel, Byte::Guest));
            cases.push(
                Case::fails(&format!("{name}/broken"), corrupted, "", Status::Mismatch)
                    .read(WORD)
                    .check(nothing_happened),
            );
        }
    }
    // Started all the same, and so called back.
    let corrupted = Setup { kexec_tools: CALLED, ..CORRUPTED };
    cases.push(
        Case::lands("continue", corrupted, "purgatory.on_failure=continue")
            .verdict(Status::Mismatch, Action::Continue)
            .check(came_back),
    );
    cases.push(Case::lands("quiet", tools(CALLED), "").silent(0).check(came_back));
    // Without a command line there is still the symbol.
    let no_line = tools(KexecTools { cmdline_end: CommandLineEnd::Null, ..CALLED });
    cases.push(Case::lands("no-command-line", no_line, "").check(came_back));
    for call in [Call::RdxNull, Call::Unmapped, Call::PartlyUnmapped] {
        let setup = tools(KexecTools { call, ..KexecTools::PLAIN });
        cases.extend(
            Case::lands(&format!("{call:?}"), setup, VERBOSE)
                .read(WORD)
                .check(nothing_happened)
                .and_broken(),
        );
    }
    cases
}

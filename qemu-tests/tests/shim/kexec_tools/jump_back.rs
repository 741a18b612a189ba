//! Images from which the old kernel comes back (KEXEC_PRESERVE_CONTEXT): the blob is called, and says where to call back.
//!
//! The shim compares the word on the command line and `jump_back_entry`, goes where that leads, and goes on there.

use anyhow::{Result, ensure};
use purgatory_abi::status::{Action, Status};
use qemu_tests::shim::{Case, Outcome, Read};

const VERBOSE: &str = "purgatory.verbose";
const BACK: &str = "came back";
/// Where the word is to be, as the shim says.
const WORD: Read = Read::Memory("cmdline-end", 64);

fn came_back(outcome: &Outcome) -> Result<()> {
    ensure!(outcome.shim.contains(BACK), "the old kernel was not called back");
    Ok(())
}

fn did_not_come_back(outcome: &Outcome) -> Result<()> {
    ensure!(!outcome.shim.contains(BACK), "the old kernel was called back");
    Ok(())
}

fn nothing_was_appended(outcome: &Outcome) -> Result<()> {
    // The shim fills the room behind the zero.
    ensure!(outcome.memory.starts_with(b"\0xxx"), "something was appended");
    Ok(())
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, settings) in [
        ("6.1", "entry=6.1"),
        ("6.16", "entry=6.16"),
        ("low", "place=low"),
        ("high", "place=high"),
        ("dirty", "garbage registers ts mce xcr0=0x7"),
        ("skip-checks", "skip-checks"),
    ] {
        let called = format!("{settings} call=good");
        cases.push(Case::lands(name, &called, VERBOSE).check(came_back));
        // rdx is 0: the stack holds what it may.
        cases.push(
            Case::lands(&format!("{name}/not-called"), &settings.replace("garbage ", ""), VERBOSE)
                .check(did_not_come_back)
                .read(WORD)
                .check(nothing_was_appended),
        );
        if name != "skip-checks" {
            cases.push(
                Case::halts(
                    &format!("{name}/broken"),
                    &format!("{called} flip=kernel/first"),
                    "",
                    Status::Mismatch,
                )
                .check(did_not_come_back)
                .read(WORD)
                .check(nothing_was_appended),
            );
        }
    }
    // Started all the same, and so called back.
    cases.push(
        Case::lands("continue", "call=good flip=kernel/first", "purgatory.on_failure=continue")
            .verdict(Status::Mismatch, Action::Continue)
            .check(came_back),
    );
    cases.push(Case::lands("quiet", "call=good", "").silent(0).check(came_back));
    // Without a command line there is still the symbol.
    cases.push(Case::lands("no-command-line", "call=good cmdline-end=null", "").check(came_back));
    for call in ["rdx-null", "unmapped", "partly-unmapped"] {
        cases.extend(
            Case::lands(call, &format!("call={call}"), VERBOSE)
                .check(did_not_come_back)
                .read(WORD)
                .check(nothing_was_appended)
                .and_broken(),
        );
    }
    cases
}

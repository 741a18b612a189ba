//! `cmdline_end`, where the command line's end is, or is said to be.

use boot_shim::setup::{Call, CommandLineEnd, KexecTools};
use purgatory_abi::status::{Action, Status, Warning};
use qemu_tests::shim::Case;

use crate::tools;

const TEXT: &str = "quiet purgatory.verbose";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // With and without a parameter to append.
    for (name, call) in [("", Call::None), ("/called", Call::Good)] {
        let of = |cmdline_end, skip_checks| {
            let skipped = if skip_checks { "/skip-checks" } else { "" };
            let setup = KexecTools { cmdline_end, call, skip_checks, ..KexecTools::PLAIN };
            Case::lands(&format!("{cmdline_end:?}{name}{skipped}"), tools(setup), TEXT)
        };
        for end in [CommandLineEnd::Good, CommandLineEnd::Null, CommandLineEnd::JustRoom] {
            cases.extend(
                of(end, false)
                    .does_not_warn(Warning::CommandLineEndUnusable)
                    .verdict(Status::Verified, Action::Boot)
                    .and_broken(),
            );
        }
        let bad = [
            CommandLineEnd::Unmapped,
            CommandLineEnd::Text,
            CommandLineEnd::Initrd,
            CommandLineEnd::Blob,
            CommandLineEnd::NoRoom,
            CommandLineEnd::Outside,
        ];
        for end in bad {
            cases.extend(
                of(end, false)
                    .warns(Warning::CommandLineEndUnusable)
                    .verdict(Status::Verified, Action::Boot)
                    .and_broken(),
            );
        }
        // Without regions there is nothing to hold it against but the purgatory itself.
        for end in &bad[..4] {
            cases.push(
                of(*end, true)
                    .warns(Warning::CommandLineEndUnusable)
                    .verdict(Status::Skipped, Action::Boot),
            );
        }
    }
    cases
}

//! `cmdline_end`, where the command line's end is, or is said to be.

use purgatory_abi::status::{Action, Status, Warning};
use qemu_tests::shim::Case;

const TEXT: &str = "quiet purgatory.verbose";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // With a word to append and without.
    for (name, call) in [("", ""), ("/called", " call=good")] {
        for end in ["good", "null", "just-room"] {
            let settings = format!("cmdline-end={end}{call}");
            cases.extend(
                Case::lands(&format!("{end}{name}"), &settings, TEXT)
                    .does_not_warn(Warning::CommandLineEndUnusable)
                    .verdict(Status::Verified, Action::Boot)
                    .and_broken(),
            );
        }
        for end in ["no-room", "unmapped", "text", "initrd", "outside", "blob"] {
            let settings = format!("cmdline-end={end}{call}");
            cases.extend(
                Case::lands(&format!("{end}{name}"), &settings, TEXT)
                    .warns(Warning::CommandLineEndUnusable)
                    .verdict(Status::Verified, Action::Boot)
                    .and_broken(),
            );
        }
        // Without regions there is nothing to hold it against but the purgatory itself.
        for end in ["unmapped", "text", "initrd", "blob"] {
            let settings = format!("cmdline-end={end}{call} skip-checks");
            cases.push(
                Case::lands(&format!("{end}{name}/skip-checks"), &settings, TEXT)
                    .warns(Warning::CommandLineEndUnusable)
                    .verdict(Status::Skipped, Action::Boot),
            );
        }
    }
    cases
}

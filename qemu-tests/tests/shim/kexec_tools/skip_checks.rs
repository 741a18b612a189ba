//! `--no-checks`: nothing is verified, and the report says so.

use purgatory_abi::status::{Action, Status};
use purgatory_abi::verdict::key;
use qemu_tests::shim::Case;

const VERBOSE: &str = "purgatory.verbose";

pub(crate) fn cases() -> Vec<Case> {
    let skipped = |name, settings: &str| {
        Case::lands(name, &format!("skip-checks {settings}"), VERBOSE)
            .verdict(Status::Skipped, Action::Boot)
            .value(key::BYTES, "0")
    };
    vec![
        skipped("verbose", ""),
        skipped("flipped", "flip=kernel/first"),
        // With checks, the same does not start.
        Case::halts("flipped/checked", "flip=kernel/first", VERBOSE, Status::Mismatch),
        Case::lands("quiet", "skip-checks", "").silent(0),
        Case::lands("quiet/flipped", "skip-checks flip=initrd/last", "").silent(0),
        // There still has to be something to start.
        Case::halts("entry-unmapped", "skip-checks rip=unmapped", "", Status::EntryUnmapped),
    ]
}

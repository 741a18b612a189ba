//! `--no-checks`: nothing is verified, and the report says so.

use boot_shim::fault::{Byte, Fault, Part};
use boot_shim::setup::{KexecTools, Rip, Setup};
use purgatory_abi::status::{Action, Status};
use qemu_tests::shim::Case;

use crate::{CORRUPTED, VERBOSE, tools};

const SKIPPED: Setup<'static> = tools(KexecTools { skip_checks: true, ..KexecTools::PLAIN });

pub(crate) fn cases() -> Vec<Case> {
    let skipped = |name, setup| {
        Case::lands(name, setup, VERBOSE).verdict(Status::Skipped, Action::Boot).bytes(0)
    };
    let corrupted = |part, byte| SKIPPED.with(Fault::flip(part, byte));
    let unmapped = Setup { rip: Rip::Unmapped, ..SKIPPED };
    vec![
        skipped("verbose", SKIPPED),
        skipped("flipped", corrupted(Part::Kernel, Byte::Guest)),
        // With checks, the same does not start.
        Case::halts("flipped/checked", CORRUPTED, VERBOSE, Status::Mismatch),
        Case::lands("quiet", SKIPPED, "").silent(0),
        Case::lands("quiet/flipped", corrupted(Part::Initrd, Byte::Last), "").silent(0),
        // There still has to be something to start.
        Case::halts("entry-unmapped", unmapped, "", Status::EntryUnmapped),
    ]
}

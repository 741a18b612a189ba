//! `--no-checks`: nothing is verified, and the report says so.

use boot_shim::fault::{Byte, Fault, Part, What};
use boot_shim::setup::{KexecTools, Rip, Setup};
use purgatory_abi::status::{Action, Status};
use qemu_tests::shim::Case;

use crate::{CORRUPTED, PLAIN, VERBOSE, tools};

const SKIPPED: Setup<'static> = tools(KexecTools { skip_checks: true, ..KexecTools::PLAIN });

/// A bit of `skip_checks` changes.
const fn flip_bit(bit: u8) -> Fault {
    Fault { what: What::Flip(bit), ..Fault::flip(Part::SkipChecks, Byte::Guest) }
}

pub(crate) fn cases() -> Vec<Case> {
    let skipped = |name, setup| {
        Case::lands(name, setup, VERBOSE).verdict(Status::Skipped, Action::Boot).bytes(0)
    };
    let corrupted = |part, byte| SKIPPED.with(Fault::flip(part, byte));
    let unmapped = Setup { rip: Rip::Unmapped, ..SKIPPED };
    let mut cases = vec![
        skipped("verbose", SKIPPED),
        skipped("flipped", corrupted(Part::Kernel, Byte::Guest)),
        // With checks, the same does not start.
        Case::fails("flipped/checked", CORRUPTED, VERBOSE, Status::Mismatch),
        Case::lands("quiet", SKIPPED, "").silent(0),
        Case::lands("quiet/flipped", corrupted(Part::Initrd, Byte::Last), "").silent(0),
        // A value that kexec-tools never writes, and tables that it leaves empty: a fault, and the image is verified.
        Case::fails("3", SKIPPED.with(flip_bit(1)), "", Status::Mismatch).bytes(0),
        // There still has to be something to start.
        Case::fails("entry-unmapped", unmapped, "", Status::EntryUnmapped),
    ];
    for (name, bit) in [("1/tables", 0), ("2/tables", 1)] {
        let checked = Case::lands(name, PLAIN.with(flip_bit(bit)), VERBOSE);
        cases.extend(checked.verdict(Status::Verified, Action::Boot).regions(4).and_broken());
    }
    cases
}

//! Headers and lists that make no sense although their digests are right.

use boot_shim::setup::{Contract, Setup};
use purgatory_abi::status::Status;
use qemu_tests::shim::Case;

use crate::PLAIN;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (contract, status, says) in [
        (Contract::Magic, Status::HeaderUnknown, "header-unknown at 0x"),
        (Contract::Version, Status::HeaderUnknown, "header-unknown at 0x"),
        (Contract::HeaderBytes, Status::HeaderUnknown, "header-unknown at 0x"),
        (Contract::Flags, Status::HeaderUnknown, "header-unknown at 0x"),
        (Contract::Copies, Status::HeaderUnknown, "header-unknown at 0x"),
        (Contract::OnFailure, Status::HeaderUnknown, "header-unknown at 0x"),
        (Contract::PolicyReserved, Status::HeaderUnknown, "header-unknown at 0x"),
        (Contract::ConsoleKind, Status::HeaderUnknown, "header-unknown at 0x"),
        (Contract::ConsoleReserved, Status::HeaderUnknown, "header-unknown at 0x"),
        (Contract::ListUnmapped, Status::ListUnmapped, "list-unmapped at 0x0000000002400000\r"),
        (
            Contract::ListPartlyUnmapped,
            Status::ListUnmapped,
            "list-unmapped at 0x0000000002400000\r",
        ),
        (Contract::ListWraps, Status::ListUnmapped, "list-unmapped at 0xfffffffffffff000\r"),
        (Contract::ListHuge, Status::ListMalformed, "list-malformed at 0x"),
        (Contract::ListInBlob, Status::ListUnmapped, "list-unmapped at 0x"),
        (Contract::ListCut, Status::ListMalformed, "list-malformed at 0x"),
        (Contract::Segments, Status::ListMalformed, "list-malformed at 0x"),
        (Contract::ChunkBytes, Status::ListMalformed, "list-malformed at 0x"),
        (Contract::Digests, Status::ListMalformed, "list-malformed at 0x"),
        (Contract::Payload, Status::ListMalformed, " in segment 3\r"),
        (Contract::Kind, Status::ListMalformed, " in segment 2\r"),
        (Contract::SegmentFlag, Status::ListMalformed, " in segment 2\r"),
        (Contract::Reserved, Status::ListMalformed, " in segment 2\r"),
        (Contract::FirstDigest, Status::ListMalformed, " in segment 2\r"),
        (Contract::ElfCoreHeaderVerified, Status::ListMalformed, " in segment 0\r"),
    ] {
        let setup = Setup { contract, ..PLAIN };
        // `continue` is for a mismatch only.
        let words = "purgatory.on_failure=continue";
        cases.push(Case::halts(&format!("{contract:?}"), setup, words, status).says(says));
    }
    // Without a failure action.
    let setup = Setup { contract: Contract::Segments, ..PLAIN };
    cases.push(Case::fails("Segments/default", setup, "", Status::ListMalformed));
    cases
}

//! Headers and lists that make no sense although their digests are right.

use purgatory_abi::status::Status;
use qemu_tests::shim::Case;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (contract, status, says) in [
        ("magic", Status::HeaderUnknown, "header-unknown at 0x"),
        ("version", Status::HeaderUnknown, "header-unknown at 0x"),
        ("header-bytes", Status::HeaderUnknown, "header-unknown at 0x"),
        ("flags", Status::HeaderUnknown, "header-unknown at 0x"),
        ("on-failure", Status::HeaderUnknown, "header-unknown at 0x"),
        ("policy-reserved", Status::HeaderUnknown, "header-unknown at 0x"),
        ("console-kind", Status::HeaderUnknown, "header-unknown at 0x"),
        ("console-reserved", Status::HeaderUnknown, "header-unknown at 0x"),
        ("list-unmapped", Status::ListUnmapped, "list-unmapped at 0x0000000002400000\r"),
        ("list-partly-unmapped", Status::ListUnmapped, "list-unmapped at 0x0000000002400000\r"),
        ("list-wraps", Status::ListUnmapped, "list-unmapped at 0xfffffffffffff000\r"),
        ("list-huge", Status::ListMalformed, "list-malformed at 0x"),
        ("list-in-blob", Status::ListUnmapped, "list-unmapped at 0x"),
        ("list-cut", Status::ListMalformed, "list-malformed at 0x"),
        ("segments", Status::ListMalformed, "list-malformed at 0x"),
        ("chunk-bytes", Status::ListMalformed, "list-malformed at 0x"),
        ("digests", Status::ListMalformed, "list-malformed at 0x"),
        ("payload", Status::ListMalformed, " in segment 3\r"),
        ("kind", Status::ListMalformed, " in segment 2\r"),
        ("segment-flag", Status::ListMalformed, " in segment 2\r"),
        ("reserved", Status::ListMalformed, " in segment 2\r"),
        ("first-digest", Status::ListMalformed, " in segment 2\r"),
        ("elfcorehdr-verified", Status::ListMalformed, " in segment 0\r"),
    ] {
        let settings = format!("contract={contract}");
        // `continue` is for a mismatch only.
        let words = "purgatory.on_failure=continue";
        cases.push(Case::halts(contract, &settings, words, status).says(says));
    }
    cases
}

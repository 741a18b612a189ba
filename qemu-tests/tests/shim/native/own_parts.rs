//! The blob's own parts, each with a digest in the header, and the header with one of its own.

use purgatory_abi::status::Status;
use qemu_tests::shim::Case;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (place, status) in [
        // The magic.
        ("header/first", Status::HeaderUnknown),
        // The registers.
        ("header/middle", Status::HeaderDamaged),
        // The last console.
        ("header/last", Status::HeaderDamaged),
        ("list-digest/first", Status::HeaderDamaged),
        ("list-digest/last", Status::HeaderDamaged),
        ("list/first", Status::ListDamaged),
        ("list/middle", Status::ListDamaged),
        ("list/last", Status::ListDamaged),
        ("code/first", Status::CodeDamaged),
        ("code/middle", Status::CodeDamaged),
        ("code/last", Status::CodeDamaged),
    ] {
        let settings = format!("kernel-bytes=0x48000 flip={place}");
        // `continue` is for a mismatch only.
        cases.push(Case::halts(place, &settings, "purgatory.on_failure=continue", status));
    }
    cases
}

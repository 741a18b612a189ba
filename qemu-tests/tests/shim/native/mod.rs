//! Properties of the native contract only: a digest for each chunk, checked zero padding, digests of the blob's own
//! parts.

mod contract;
mod header_settings;
mod own_parts;
mod segments;
mod vectors;

use qemu_tests::shim::Case;

/// The topics and their cases.
pub(crate) fn cases() -> [(&'static str, Vec<Case>); 5] {
    [
        ("segments", segments::cases()),
        ("own-parts", own_parts::cases()),
        ("contract", contract::cases()),
        ("header-settings", header_settings::cases()),
        ("vectors", vectors::cases()),
    ]
}

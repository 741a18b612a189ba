//! Where this program is.

use crate::address_of;
use purgatory_abi::linux::Region;

unsafe extern "C" {
    /// The first byte of the purgatory in memory, and the first behind it (linker script).
    safe static image_start: u8;
    safe static image_end: u8;
}

/// The memory of the purgatory itself, .bss and stack included.
pub(super) fn own() -> Region {
    let start = address_of!(image_start);
    Region { start, len: address_of!(image_end).wrapping_sub(start) }
}

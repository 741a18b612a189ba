//! Where this program is.

use crate::address_of;
use purgatory_abi::Region;

unsafe extern "C" {
    /// The first byte of the purgatory in memory, and the first behind it (linker script).
    safe static image_start: u8;
    pub(super) safe static image_end: u8;

    /// Where code begins, and where code and constants end (linker script).
    safe static code_start: u8;
    pub(super) safe static bss_start: u8;
}

/// The memory of the purgatory itself, .bss and stack included.
pub(super) fn own() -> Region {
    let start = address_of!(image_start);
    Region { start, len: address_of!(image_end).wrapping_sub(start) }
}

/// The code and the constants of the purgatory itself.
pub fn own_code() -> &'static [u8] {
    let start = address_of!(code_start);
    let len = address_of!(bss_start).wrapping_sub(start);
    // SAFETY: the linker script puts both symbols around bytes of this program that nothing writes once it is loaded: what
    // it writes lies behind them.
    unsafe { core::slice::from_raw_parts(start as *const u8, len as usize) }
}

//! The memory of this program.

use crate::address_of;
use purgatory_abi::Region;

unsafe extern "C" {
    /// The first byte of the purgatory in memory, and the first byte after it (linker script).
    pub(super) safe static image_start: u8;
    pub(super) safe static image_end: u8;

    /// The start of the code, and the end of code and constants (linker script).
    safe static code_start: u8;
    pub(super) safe static contents_end: u8;

    /// The start of the first copy of the contents (linker script).
    #[cfg(feature = "native")]
    pub(super) safe static copies_start: u8;

    /// The start of zeroed memory (linker script).
    pub(super) safe static bss_start: u8;

    /// The number of eight-byte words of zeroed memory, and of the checked code and constants (linker script). These
    /// numbers are the addresses of the symbols.
    pub(super) safe static bss_words: u8;
    #[cfg(not(feature = "native"))]
    pub(super) safe static code_words: u8;
}

/// Returns the address of the end of the stack, which the loaders of the drop-ins give to the target kernel.
#[must_use]
pub fn stack_end() -> u64 {
    address_of!(super::entry::stack_end)
}

/// Returns the memory of the purgatory itself, .bss and stack included.
pub(super) fn own() -> Region {
    let start = address_of!(image_start);
    Region { start, len: address_of!(image_end).wrapping_sub(start) }
}

/// Returns the code and the constants of the purgatory itself.
pub fn own_code() -> &'static [u8] {
    let start = address_of!(code_start);
    let len = address_of!(contents_end).wrapping_sub(start);
    // SAFETY: the linker script puts both symbols around bytes of this program that do not change after loading: all
    // variables are after them.
    unsafe { core::slice::from_raw_parts(start as *const u8, len as usize) }
}

//! The two copies of the purgatory's contents, from which it repairs them.

use purgatory_abi::native::{COPIES, Header};
use purgatory_abi::{PAGE, Region};

/// Reports whether the header of the purgatory at `base` gives the pages after the contents, and both copies end before
/// the list. Only the purgatory knows the end of its contents.
pub(super) fn fit(header: &Header, base: u64) -> bool {
    let Region { start, len } = header.copies;
    if header.flags & COPIES == 0 {
        return header.copies == Region::default();
    }
    let end = len.checked_mul(3).and_then(|all| base.checked_add(all));
    base.checked_add(len) == Some(start)
        && len.is_multiple_of(PAGE)
        && len >= header.header_bytes.into()
        && end.is_some_and(|end| end <= header.list.start)
}

/// Writes the first `bytes` bytes of the contents to both copies, if the header has the flag for them. `memory` starts
/// with the contents.
pub(super) fn write(memory: &mut [u8], header: &Header, bytes: usize) {
    if header.flags & COPIES != 0 {
        let first = header.copies.len as usize;
        for copy in [first, 2 * first] {
            memory.copy_within(..bytes, copy);
        }
    }
}

//! The list of setup data that `boot_params` points to, for contents that do not fit into it.
//!
//! Source: `arch/x86/include/uapi/asm/setup_data.h`; the reader is `parse_setup_data` in `arch/x86/kernel/setup.c`.

use alloc::vec::Vec;
use purgatory_abi::boot::SetupData;
use zerocopy::IntoBytes;

/// The alignment of each item.
const ALIGNMENT: u64 = 16;

/// An item of the list.
#[derive(Debug)]
pub(super) struct SetupItem {
    /// Its type.
    pub(super) kind: u32,
    /// Its contents.
    pub(super) data: Vec<u8>,
}

/// Returns the size of a list in bytes.
pub(super) fn bytes(list: &[SetupItem]) -> u64 {
    list.iter().map(SetupItem::bytes).sum()
}

/// Appends a list to `bytes`. The list will be at `address`, a multiple of 16.
pub(super) fn write(list: &[SetupItem], mut address: u64, to: &mut Vec<u8>) {
    for (index, item) in list.iter().enumerate() {
        address += item.bytes();
        let next = if index + 1 == list.len() { 0 } else { address };
        let len = item.data.len() as u32;
        let head = SetupData { next: next.into(), kind: item.kind.into(), len: len.into() };
        to.extend(head.as_bytes());
        to.extend(&item.data);
        pad(to);
    }
}

/// Returns the number of zeros up to the next item.
pub(super) fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT as usize), 0);
}

impl SetupItem {
    fn bytes(&self) -> u64 {
        ((size_of::<SetupData>() + self.data.len()) as u64).next_multiple_of(ALIGNMENT)
    }
}

//! The list of setup data that `boot_params` points to, for contents that have no room in it.
//!
//! Source: `arch/x86/include/uapi/asm/setup_data.h`; who reads it is `parse_setup_data` of `arch/x86/kernel/setup.c`.

use alloc::vec::Vec;
use purgatory_abi::boot::SetupData;
use zerocopy::IntoBytes;

/// What each is aligned to.
const ALIGNMENT: u64 = 16;

/// An item of the list.
#[derive(Debug)]
pub(super) struct SetupItem {
    /// Its type.
    pub(super) kind: u32,
    /// Its contents.
    pub(super) data: Vec<u8>,
}

/// Bytes of a list.
pub(super) fn bytes(list: &[SetupItem]) -> u64 {
    list.iter().map(SetupItem::bytes).sum()
}

/// Appends a list that will be at `address` (a multiple of 16) to what is before it.
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

/// Zeros up to where the next may begin.
pub(super) fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT as usize), 0);
}

impl SetupItem {
    fn bytes(&self) -> u64 {
        ((size_of::<SetupData>() + self.data.len()) as u64).next_multiple_of(ALIGNMENT)
    }
}

//! The list of `struct setup_data` that `boot_params` points to, for what has no room in it.
//!
//! Source: `arch/x86/include/uapi/asm/setup_data.h`; who reads it is `parse_setup_data` of `arch/x86/kernel/setup.c`.

use alloc::vec::Vec;

/// Bytes of `struct setup_data` before its data: next (u64), type (u32), length (u32).
const HEADER_BYTES: u64 = 16;
/// What each is aligned to.
const ALIGNMENT: u64 = 16;

/// One of the list.
#[derive(Debug)]
pub(super) struct SetupData {
    /// Its type.
    pub(super) kind: u32,
    /// What is in it.
    pub(super) data: Vec<u8>,
}

/// Bytes of a list.
pub(super) fn bytes(list: &[SetupData]) -> u64 {
    list.iter().map(SetupData::bytes).sum()
}

/// Appends a list that will be at `address` (a multiple of 16) to what is before it.
pub(super) fn write(list: &[SetupData], mut address: u64, to: &mut Vec<u8>) {
    for (index, item) in list.iter().enumerate() {
        address += item.bytes();
        let next = if index + 1 == list.len() { 0 } else { address };
        to.extend(next.to_le_bytes());
        to.extend(item.kind.to_le_bytes());
        to.extend((item.data.len() as u32).to_le_bytes());
        to.extend(&item.data);
        pad(to);
    }
}

/// Zeros up to where the next may begin.
pub(super) fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT as usize), 0);
}

impl SetupData {
    fn bytes(&self) -> u64 {
        (HEADER_BYTES + self.data.len() as u64).next_multiple_of(ALIGNMENT)
    }
}

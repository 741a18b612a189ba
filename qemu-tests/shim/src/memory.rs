//! Physical memory, which the shim's page tables map one to one.

#![allow(unsafe_code, reason = "memory that no Rust object stands for")]

use core::slice;

/// The bytes of RAM at `address`.
///
/// # Safety
///
/// The range must be RAM below the end of the shim's page tables, and nothing else may refer to it.
pub(crate) unsafe fn bytes_mut(address: u64, bytes: usize) -> &'static mut [u8] {
    // SAFETY: the caller vouches for the range.
    unsafe { slice::from_raw_parts_mut(address as *mut u8, bytes) }
}

//! Physical memory, which the shim's page tables map one to one.

#![allow(unsafe_code, reason = "memory that no Rust object stands for")]

use alloc::vec::Vec;
use core::arch::asm;
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

/// A copy of RAM, which may begin at address 0: no reference can.
pub(crate) fn copy_of(address: u64, bytes: usize) -> Vec<u8> {
    let mut copy = alloc::vec![0; bytes];
    // SAFETY: reading RAM has no side effects, and the copy has the length of the source.
    unsafe {
        asm!(
            "rep movsb",
            inout("rcx") bytes => _,
            inout("rsi") address => _,
            inout("rdi") copy.as_mut_ptr() => _,
            options(nostack, preserves_flags),
        );
    }
    copy
}

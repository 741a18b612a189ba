//! Mutable statics, for a program with one thread on one processor.

use core::cell::UnsafeCell;
use core::sync::atomic::{Ordering, compiler_fence};
use x86_64::VirtAddr;

/// A mutable static. There is one processor and no thread. Data that is shared with an exception handler is documented
/// at its use.
#[repr(transparent)]
pub struct Single<T>(UnsafeCell<T>);

// SAFETY: one processor runs this program, without threads. The kernel has stopped the other processors. Exception
// handlers use the value in the place of the code that they interrupt, so it must be `Send`.
unsafe impl<T: Send> Sync for Single<T> {}

impl<T> Single<T> {
    /// Returns a static with this initial value.
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Returns its address.
    pub const fn get(&self) -> *mut T {
        self.0.get()
    }

    /// Returns its address, for the tables of the processor.
    pub(super) fn address(&self) -> VirtAddr {
        // SAFETY: this program is in memory, so that its addresses are canonical.
        unsafe { VirtAddr::new_unsafe(self.get() as u64) }
    }

    /// Returns its value.
    pub fn read(&self) -> T
    where
        T: Copy,
    {
        // An exception handler may have written it.
        compiler_fence(Ordering::SeqCst);
        // SAFETY: the pointer is that of a live static of this type.
        unsafe { *self.get() }
    }

    /// Sets its value.
    pub fn write(&self, value: T)
    where
        T: Copy,
    {
        // SAFETY: the pointer is that of a live static of this type. Code that makes a reference from it does not write
        // the static by this method as long as it uses the reference.
        unsafe { *self.get() = value }
        // An exception handler may read it from here on.
        compiler_fence(Ordering::SeqCst);
    }
}

/// Returns the address of a symbol by an instruction-relative computation: this needs no entry in a global offset table
/// and no relocation.
#[macro_export]
macro_rules! address_of {
    ($symbol:path) => {{
        let address: u64;
        // SAFETY: an address is computed, nothing is read.
        unsafe {
            core::arch::asm!("lea {}, [rip + {}]", out(reg) address, sym $symbol, options(nomem, nostack, preserves_flags))
        };
        address
    }};
}

//! Mutable statics, for a program with one thread on one processor.

use core::cell::UnsafeCell;
use core::sync::atomic::{Ordering, compiler_fence};

/// A mutable static. There is one processor and no thread. Data that is shared with an exception handler is documented
/// at its use.
#[repr(transparent)]
pub struct Single<T>(UnsafeCell<T>);

// SAFETY: one processor runs this program, without threads. The kernel has stopped the other processors.
unsafe impl<T> Sync for Single<T> {}

impl<T> Single<T> {
    /// Returns a static with this initial value.
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Returns its address.
    pub const fn get(&self) -> *mut T {
        self.0.get()
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
    pub fn write(&self, value: T) {
        // SAFETY: the pointer is that of a live static of this type, and no reference into it exists.
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

/// Returns a reference to the static `$table`, as a `$type`, with the value that a loader wrote before this program
/// started.
///
/// The compiler assumes that a static has the values that this program gives it. The computed address hides the static
/// from the compiler.
#[macro_export]
macro_rules! as_loaded {
    ($table:path as $type:ty) => {{
        let address = $crate::address_of!($table) as *const $type;
        // SAFETY: the address is that of a live static of this layout, which this program does not write as long as
        // the reference is used.
        unsafe { &*address }
    }};
}

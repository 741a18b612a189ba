//! Statics that change, in a program that is alone.

use core::cell::UnsafeCell;
use core::sync::atomic::{Ordering, compiler_fence};

/// A static that changes. There is one processor and no thread; what an exception handler shares with the code that it
/// interrupts says so at its use.
#[repr(transparent)]
pub struct Single<T>(UnsafeCell<T>);

// SAFETY: one processor runs this program, without threads; the other processors are stopped by the old kernel.
unsafe impl<T> Sync for Single<T> {}

impl<T> Single<T> {
    /// A static with its first value.
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Where it is.
    pub const fn get(&self) -> *mut T {
        self.0.get()
    }

    /// Its value now.
    pub fn read(&self) -> T
    where
        T: Copy,
    {
        // An exception handler may have run since it was written.
        compiler_fence(Ordering::SeqCst);
        // SAFETY: the pointer is that of a live static of this type.
        unsafe { *self.get() }
    }

    /// Gives it another value.
    pub fn write(&self, value: T) {
        // SAFETY: the pointer is that of a live static of this type, and nobody holds a reference into it.
        unsafe { *self.get() = value }
        // An exception handler may read it from here on.
        compiler_fence(Ordering::SeqCst);
    }
}

/// The address of a symbol, relative to the instruction that asks: no entry in a global offset table, no relocation.
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

/// What a loader wrote into a static before this program began: a reference to `$table` as a `$type`.
///
/// The compiler knows what this program writes there, if anything. That somebody else wrote before is hidden behind the
/// address.
#[macro_export]
macro_rules! as_loaded {
    ($table:path as $type:ty) => {{
        let address = $crate::address_of!($table) as *const $type;
        // SAFETY: the address is that of a live static of this layout, which this program does not write as long as
        // the reference is used.
        unsafe { &*address }
    }};
}

//! Statics that change, in a program that is alone.

use core::cell::UnsafeCell;
use core::hint::black_box;
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

    /// What somebody outside of this program wrote here before it began.
    pub fn as_loaded(&self) -> &T {
        // The compiler knows that nothing in this program writes it. It must not conclude that nobody does.
        let address = black_box(self.get());
        // SAFETY: the pointer is that of a live static of this type, which this program never writes.
        unsafe { &*address }
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

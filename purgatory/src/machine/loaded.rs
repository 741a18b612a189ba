//! Tables that a loader fills in before this program starts.

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use zerocopy::{FromBytes, Immutable};

/// A table that a loader fills in with a `T`, and that this program never writes. `D` is the type of its value in the
/// file.
#[repr(transparent)]
pub struct Loaded<T, D = T>(UnsafeCell<D>, PhantomData<T>);

// SAFETY: the table is not written while this program runs, so only shared references to it exist.
unsafe impl<T: Sync, D> Sync for Loaded<T, D> {}

impl<T: FromBytes + Immutable, D> Loaded<T, D> {
    /// Returns a table with this value in the file.
    pub const fn new(default: D) -> Self {
        const {
            assert!(size_of::<T>() == size_of::<D>(), "both types have the same size");
            assert!(align_of::<T>() <= align_of::<D>(), "the table is aligned for both types");
        }
        Self(UnsafeCell::new(default), PhantomData)
    }

    /// Returns the table at `address` as it was loaded. [`loaded!`](crate::loaded) calls it.
    ///
    /// # Safety
    ///
    /// The address is that of the static that `_table` returns.
    pub unsafe fn at(address: u64, _table: fn() -> &'static Self) -> &'static T {
        // SAFETY: the static has the size and the alignment of a `T`, for which all bytes are valid, and this type
        // gives no access to write it.
        unsafe { &*(address as *const T) }
    }
}

/// Returns a reference to what a loader wrote into a static of type [`Loaded`].
///
/// The compiler assumes that a static has the values that this program gives it. The computed address hides the static
/// from the compiler.
#[macro_export]
macro_rules! loaded {
    ($table:path) => {{
        let address = $crate::address_of!($table);
        // SAFETY: both arguments name the same static.
        unsafe { $crate::machine::Loaded::at(address, || &$table) }
    }};
}

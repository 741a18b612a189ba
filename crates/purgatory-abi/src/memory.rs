//! Ranges of memory, and the unit in which it is mapped.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Bytes of a page: the smallest piece of memory that is mapped.
pub const PAGE: u64 = 4096;

/// A range of physical memory: `struct kexec_sha_region` of `include/linux/kexec.h`, and the same in kexec-tools. In a
/// region table, `{0, 0}` is an unused entry.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct Region {
    /// Physical address of the first byte.
    pub start: u64,
    /// Length in bytes.
    pub len: u64,
}

const _: () = assert!(size_of::<Region>() == 16);

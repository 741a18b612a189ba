//! Ranges of memory, and the size of a page.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Bytes of a page: the smallest unit of mapped memory.
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

impl Region {
    /// Returns the address of the last byte; `None` if the region is empty or passes the end of the address space.
    #[must_use]
    pub const fn last(self) -> Option<u64> {
        match self.len.checked_sub(1) {
            Some(offset) => self.start.checked_add(offset),
            None => None,
        }
    }

    /// Whether `address` is in the region.
    #[must_use]
    pub const fn contains(self, address: u64) -> bool {
        address.wrapping_sub(self.start) < self.len
    }

    /// Whether two regions share a byte. Neither may wrap. An empty region shares nothing.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.len != 0
            && other.len != 0
            && (self.contains(other.start) || other.contains(self.start))
    }
}

//! The segment digest list. It follows the purgatory in the purgatory's own segment.

use super::CHUNK_BYTES;
use crate::Region;
use core::mem::offset_of;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The header of the segment digest list.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct ListHeader {
    /// The number of [`SegmentEntry`] that follow: at most [`SEGMENTS`](super::SEGMENTS).
    pub segments: u32,
    /// [`CHUNK_BYTES`].
    pub chunk_bytes: u32,
    /// The number of digests that follow them.
    pub digests: u64,
}

/// An entry of the list: one segment.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct SegmentEntry {
    /// The kind: the number of a [`SegmentKind`].
    pub kind: u8,
    /// Whether the segment is verified: 1, or 0 if it is excluded.
    pub verified: u8,
    /// None is defined: zeros.
    pub reserved: [u8; 6],
    /// Physical address of the first byte.
    pub address: u64,
    /// Bytes of the payload, which was loaded. The purgatory digests them.
    pub payload: u64,
    /// Bytes of zero padding after the payload. The purgatory checks them, and does not digest them.
    pub zeros: u64,
    /// The index of its first chunk's digest: the number of chunks of all verified segments before it. 0 if the segment
    /// is excluded.
    pub first_digest: u64,
}

codes! {
    /// The kind of a segment.
    SegmentKind {
        /// The capture kernel.
        Kernel = 1, "kernel";
        /// The initrd.
        Initrd = 2, "initrd";
        /// `boot_params`.
        BootParams = 3, "boot_params";
        /// The command line.
        CommandLine = 4, "command-line";
        /// The description of the crashed kernel's memory. The running kernel rewrites it on CPU and memory hotplug, so
        /// it is excluded.
        Elfcorehdr = 5, "elfcorehdr";
        /// The purgatory itself, with its segment digest list. The header has separate digests of it, so it is
        /// excluded.
        Purgatory = 6, "purgatory";
        /// A device tree.
        DeviceTree = 7, "device-tree";
        /// Anything else.
        Other = 8, "other";
    }
}

impl SegmentEntry {
    /// Returns the number of chunks, and so of digests, of the payload; 0 if the segment is excluded.
    #[must_use]
    pub const fn chunks(&self) -> u64 {
        if self.verified == 0 { 0 } else { self.payload.div_ceil(CHUNK_BYTES as u64) }
    }

    /// Returns the memory, zero padding included; `None` if it passes the end of the address space.
    #[must_use]
    pub const fn region(&self) -> Option<Region> {
        let Some(len) = self.payload.checked_add(self.zeros) else { return None };
        let region = Region { start: self.address, len };
        if len == 0 || region.last().is_some() { Some(region) } else { None }
    }

    /// Returns the memory of one chunk of the payload.
    #[must_use]
    pub const fn chunk(&self, index: u64) -> Region {
        let offset = index.wrapping_mul(CHUNK_BYTES as u64);
        let left = self.payload.saturating_sub(offset);
        let len = if left < CHUNK_BYTES as u64 { left } else { CHUNK_BYTES as u64 };
        Region { start: self.address.wrapping_add(offset), len }
    }
}

const _: () = {
    assert!(size_of::<ListHeader>() == 16);
    assert!(offset_of!(ListHeader, segments) == 0);
    assert!(offset_of!(ListHeader, chunk_bytes) == 4);
    assert!(offset_of!(ListHeader, digests) == 8);
    assert!(size_of::<SegmentEntry>() == 40);
    assert!(offset_of!(SegmentEntry, kind) == 0);
    assert!(offset_of!(SegmentEntry, verified) == 1);
    assert!(offset_of!(SegmentEntry, reserved) == 2);
    assert!(offset_of!(SegmentEntry, address) == 8);
    assert!(offset_of!(SegmentEntry, payload) == 16);
    assert!(offset_of!(SegmentEntry, zeros) == 24);
    assert!(offset_of!(SegmentEntry, first_digest) == 32);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_whole_and_partial_chunks_and_none_of_excluded_segments() {
        let chunks = |payload, verified| {
            SegmentEntry { payload, verified, ..SegmentEntry::default() }.chunks()
        };
        assert_eq!([0, 1, 65_536, 65_537].map(|payload| chunks(payload, 1)), [0, 1, 1, 2]);
        assert_eq!(chunks(65_537, 0), 0);
    }

    #[test]
    fn parses_known_kinds_only() {
        for kind in SegmentKind::ALL {
            assert_eq!(SegmentKind::from_code(kind.code()), Some(*kind));
        }
        assert_eq!((SegmentKind::from_code(0), SegmentKind::from_code(9)), (None, None));
    }
}

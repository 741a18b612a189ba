//! The native contract: what purgatory-loader writes for `purgatory-native.ro`.
//!
//! ```text
//! image     header | code | zeroed memory and stack | segment digest list
//!           ^                                         ^
//!           magic                                     Header::list
//!
//! list      ListHeader | SegmentEntry, one a segment | digests, one a chunk, in the order of the segments
//! ```
//!
//! All numbers are little-endian, all addresses physical. A chunk's digest is the plain SHA-256 of its bytes. Whoever finds
//! the magic at the start of a segment can decode all of it.

use crate::linux::{DIGEST_BYTES, EntryRegs, Region};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The entry point.
pub const ENTRY: &str = "purgatory_start";

/// The symbol of the [`Header`], which is where the image starts.
pub const HEADER: &str = "purgatory_header";

/// What a header starts with.
pub const MAGIC: [u8; 8] = *b"PURGATRY";

/// The version of the contract. A loader and a purgatory of different versions refuse each other.
pub const VERSION: u32 = 1;

/// Bytes that one digest covers: 64 KiB. A segment's last chunk may be shorter.
pub const CHUNK_BYTES: u32 = 64 * 1024;

/// The most segments: `KEXEC_SEGMENT_MAX` of `include/linux/kexec.h`.
pub const SEGMENTS: usize = crate::linux::REGION_SLOTS;

/// The longest segment digest list, in bytes: enough for 32 GiB of payload. A length that is damaged must not make the
/// purgatory look at all of a machine's memory before it finds that out.
pub const LIST_BYTES: u64 = 16 << 20;

/// The header. The loader fills in everything behind `header_bytes`.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// [`VERSION`].
    pub version: u32,
    /// Size of this structure, in bytes. Code begins behind it.
    pub header_bytes: u32,
    /// None is defined: 0.
    pub flags: u64,
    /// The registers with which the image is entered.
    pub entry: EntryRegs,
    /// Where the segment digest list is.
    pub list: Region,
    /// The digest of the list.
    pub list_digest: [u8; DIGEST_BYTES],
    /// The digest of the purgatory's code and constants: from behind the header to where its zeroed memory starts.
    pub code_digest: [u8; DIGEST_BYTES],
    /// The digest of this header up to here.
    pub header_digest: [u8; DIGEST_BYTES],
}

/// What the segment digest list starts with.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct ListHeader {
    /// How many [`SegmentEntry`] follow: at most [`SEGMENTS`].
    pub segments: u32,
    /// [`CHUNK_BYTES`].
    pub chunk_bytes: u32,
    /// How many digests follow them.
    pub digests: u64,
}

/// A segment.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct SegmentEntry {
    /// What it is: the number of a [`SegmentKind`].
    pub kind: u8,
    /// Whether it is verified: 1, or 0 for one that is excluded.
    pub verified: u8,
    /// None is defined: zeros.
    pub reserved: [u8; 6],
    /// Physical address of the first byte.
    pub address: u64,
    /// Bytes that were loaded. They are digested.
    pub payload: u64,
    /// Bytes of zeros behind them. They are looked at, not digested.
    pub zeros: u64,
    /// The index of its first chunk's digest: the number of chunks of all verified segments before it. 0 for one that is
    /// excluded.
    pub first_digest: u64,
}

codes! {
    /// What a segment is.
    SegmentKind {
        /// The capture kernel.
        Kernel = 1, "kernel";
        /// Its initial file system.
        Initrd = 2, "initrd";
        /// `boot_params`.
        BootParams = 3, "boot_params";
        /// The command line.
        CommandLine = 4, "command-line";
        /// The description of the old kernel's memory. The old kernel rewrites it when memory or processors come and go, so
        /// it is excluded.
        Elfcorehdr = 5, "elfcorehdr";
        /// The purgatory itself, with its segment digest list. It has digests of its own, so it is excluded.
        Purgatory = 6, "purgatory";
        /// A device tree.
        DeviceTree = 7, "device-tree";
        /// Anything else.
        Other = 8, "other";
    }
}

impl SegmentKind {
    /// The kind with this number, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}

impl SegmentEntry {
    /// How many chunks, and so how many digests, the payload has; none if it is excluded.
    #[must_use]
    pub const fn chunks(&self) -> u64 {
        if self.verified == 0 { 0 } else { self.payload.div_ceil(CHUNK_BYTES as u64) }
    }
}

const _: () = {
    assert!(size_of::<Header>() == 272);
    assert!(core::mem::offset_of!(Header, entry) == 24);
    assert!(core::mem::offset_of!(Header, list) == 160);
    assert!(core::mem::offset_of!(Header, list_digest) == 176);
    assert!(core::mem::offset_of!(Header, code_digest) == 208);
    assert!(core::mem::offset_of!(Header, header_digest) == 240);
    assert!(size_of::<ListHeader>() == 16);
    assert!(size_of::<SegmentEntry>() == 40);
    assert!(core::mem::offset_of!(SegmentEntry, address) == 8);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_has_a_digest_for_each_chunk_begun_and_none_if_it_is_excluded() {
        let chunks = |payload, verified| {
            SegmentEntry { payload, verified, ..SegmentEntry::default() }.chunks()
        };
        assert_eq!([0, 1, 65_536, 65_537].map(|payload| chunks(payload, 1)), [0, 1, 1, 2]);
        assert_eq!(chunks(65_537, 0), 0);
    }

    #[test]
    fn a_kind_is_found_by_its_number_and_no_other_number_is_a_kind() {
        for kind in SegmentKind::ALL {
            assert_eq!(SegmentKind::from_code(kind.code()), Some(*kind));
        }
        assert_eq!((SegmentKind::from_code(0), SegmentKind::from_code(9)), (None, None));
    }
}

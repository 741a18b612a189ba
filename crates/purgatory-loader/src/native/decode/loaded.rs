//! A segment of a loaded image.

use crate::native::digests::Digest;
use alloc::vec::Vec;
use core::ops::Range;
use purgatory_abi::native::SegmentKind;

/// A segment of a loaded image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedSegment {
    /// Kind of the contents.
    pub kind: SegmentKind,
    /// Whether the purgatory verifies it.
    pub verified: bool,
    /// Physical address of the first byte.
    pub address: u64,
    /// Size of the payload, in bytes.
    pub payload: u64,
    /// Size of the zero padding, in bytes.
    pub zeros: u64,
    /// The SHA-256 of each chunk of [`CHUNK_BYTES`](purgatory_abi::native::CHUNK_BYTES) of the payload, in order; empty
    /// if the segment is not verified.
    pub digests: Vec<Digest>,
}

impl LoadedSegment {
    /// Returns its memory with the zero padding, half-open; `None` if it extends past the end of the address space.
    pub(in crate::native) fn range(&self) -> Option<Range<u64>> {
        let bytes = self.payload.checked_add(self.zeros)?;
        Some(self.address..self.address.checked_add(bytes)?)
    }
}

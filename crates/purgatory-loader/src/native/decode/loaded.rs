//! A segment of a loaded image.

use crate::native::digests::Digest;
use alloc::vec::Vec;
use core::ops::Range;
use purgatory_abi::native::SegmentKind;

/// A segment of a loaded image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedSegment {
    /// What it is.
    pub kind: SegmentKind,
    /// Whether the purgatory verifies it.
    pub verified: bool,
    /// Physical address of the first byte.
    pub address: u64,
    /// Bytes that were loaded.
    pub payload: u64,
    /// Bytes of zeros behind them.
    pub zeros: u64,
    /// The SHA-256 of each chunk of [`CHUNK_BYTES`](purgatory_abi::native::CHUNK_BYTES) of the payload, in order; none if it
    /// is not verified.
    pub digests: Vec<Digest>,
}

impl LoadedSegment {
    /// Its memory, zeros included, half-open; `None` if it passes the end of the address space.
    pub(in crate::native) fn range(&self) -> Option<Range<u64>> {
        let bytes = self.payload.checked_add(self.zeros)?;
        Some(self.address..self.address.checked_add(bytes)?)
    }
}

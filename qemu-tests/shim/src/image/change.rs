//! Memory that the blob must change, and memory that it must not.

use alloc::vec::Vec;
use core::ops::Range;

use super::bytes::memory;

/// A piece of memory, before and after the blob had its turn.
pub(crate) struct Change {
    start: u64,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Change {
    /// The bytes at `start` must become `after`.
    pub(super) fn to(start: u64, after: Vec<u8>) -> Self {
        let before = memory(&(start..start + after.len() as u64)).to_vec();
        Self { start, before, after }
    }

    /// This memory must stay unchanged.
    pub(super) fn none(range: &Range<u64>) -> Self {
        Self::to(range.start, memory(range).to_vec())
    }

    /// Returns whether the change was made, and undoes it.
    pub(super) fn came_so(&self) -> bool {
        let memory = memory(&(self.start..self.start + self.after.len() as u64));
        let came_so = memory == self.after;
        memory.copy_from_slice(&self.before);
        came_so
    }
}

//! A segment of an image, and its name in errors.

use alloc::borrow::Cow;
use core::fmt;
use core::ops::Range;
use purgatory_abi::native::SegmentKind;

/// A segment of the image to be started.
///
/// The segments of a [`Ready`](crate::segments::Ready) image are arguments of kexec_load(2): `address` is `mem` and a
/// multiple of [`PAGE`](purgatory_abi::PAGE), [`Segment::memory_bytes`] is `memsz` and a multiple of it too (`struct
/// kexec_segment` of `include/uapi/linux/kexec.h`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Kind of the contents. All kinds except [`SegmentKind::Elfcorehdr`] are verified; the library itself adds the
    /// segment of kind [`SegmentKind::Purgatory`].
    pub kind: SegmentKind,
    /// Physical address.
    pub address: u64,
    /// Bytes to be loaded.
    pub payload: Cow<'a, [u8]>,
    /// Bytes of zero padding after the payload.
    pub zeros: u64,
}

impl Segment<'_> {
    /// Returns the bytes of memory: payload and zero padding.
    pub fn memory_bytes(&self) -> u64 {
        (self.payload.len() as u64).saturating_add(self.zeros)
    }

    /// Returns the memory: physical addresses, half-open.
    pub fn range(&self) -> Range<u64> {
        self.address..self.address.saturating_add(self.memory_bytes())
    }
}

/// A segment's name in errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentId {
    /// Kind of the contents.
    pub kind: SegmentKind,
    /// Its index in the order of the segments, from 0.
    pub index: usize,
    /// Its memory: physical addresses, in whole pages, half-open.
    pub range: Range<u64>,
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, index, range } = self;
        write!(f, "segment {index} ({}, {:#x}-{:#x})", kind.name(), range.start, range.end)
    }
}

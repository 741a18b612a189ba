//! What is to be loaded, and what kexec_load(2) takes.

use alloc::borrow::Cow;
use core::fmt;
use core::ops::Range;
use purgatory_abi::native::SegmentKind;

/// A segment of the image to be started.
#[derive(Clone, Debug)]
pub struct Segment<'a> {
    /// What it is. All kinds but [`SegmentKind::Elfcorehdr`] are verified; [`SegmentKind::Purgatory`] is not for callers.
    pub kind: SegmentKind,
    /// Physical address.
    pub address: u64,
    /// What is loaded there.
    pub payload: Cow<'a, [u8]>,
    /// Bytes of zeros behind it.
    pub zeros: u64,
}

/// What kexec_load(2) takes for one segment: `struct kexec_segment` of `include/uapi/linux/kexec.h`, whose `bufsz` is the
/// length of `buf`. The kernel zeroes what `memsz` has more.
#[derive(Clone, Debug)]
pub struct KexecSegment<'a> {
    /// What it is, for those who list it.
    pub kind: SegmentKind,
    /// What is loaded.
    pub buf: Cow<'a, [u8]>,
    /// Physical address, a multiple of [`PAGE`](purgatory_abi::PAGE).
    pub mem: u64,
    /// Bytes of memory, a multiple of [`PAGE`](purgatory_abi::PAGE).
    pub memsz: u64,
}

/// A segment as errors name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentId {
    /// What it is.
    pub kind: SegmentKind,
    /// Its place in the order in which segments were given, from 0 on.
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

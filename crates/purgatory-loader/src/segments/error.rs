//! Errors of building an image.

use super::placer::PlacerError;
use crate::image::PlaceError;
use crate::native::SealError;
use crate::segment::SegmentId;
use purgatory_abi::PAGE;
use purgatory_abi::native::{SEGMENTS, SegmentKind};
use thiserror::Error;

/// The reason why segments do not make an image that kexec_load(2) accepts and the purgatory can verify.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum BuildError {
    /// With the purgatory's own segment, these are more than `KEXEC_SEGMENT_MAX` of `include/linux/kexec.h`.
    #[error(
        "with a segment of kind {} and the purgatory's own, there would be {} segments, but at most {SEGMENTS} can be loaded: join some",
        kind.name(), index + 2
    )]
    TooManySegments { kind: SegmentKind, index: usize },
    /// The library itself makes the purgatory's own segment.
    #[error(
        "segment {index} is of kind purgatory: leave it out, because the library adds the purgatory's own segment"
    )]
    OwnSegment { index: usize },
    /// It has neither payload nor zero padding.
    #[error("segment {index} ({}) is empty: leave it out", kind.name())]
    Empty { kind: SegmentKind, index: usize },
    /// kexec loads whole pages.
    #[error(
        "segment {index} ({}) has address {address:#x}, which is not a multiple of {PAGE}", kind.name()
    )]
    NotPageAligned { kind: SegmentKind, index: usize, address: u64 },
    /// It extends past the end of the address space.
    #[error(
        "segment {index} ({}) with {bytes} bytes at {address:#x} extends past the end of the address space",
        kind.name()
    )]
    Wraps { kind: SegmentKind, index: usize, address: u64, bytes: u64 },
    /// It is not, or not completely, in loadable memory.
    #[error("{segment} is not in loadable memory: choose an address with the placer")]
    OutsideRam { segment: SegmentId },
    /// Two segments share a page. One of them may be the purgatory's own segment.
    #[error("{segment} and {other} overlap: move one of them")]
    Overlap { segment: SegmentId, other: SegmentId },
    /// The segment is of kind elfcorehdr too, or starts with the ELF magic. On hotplug the kernel writes to the last
    /// segment that starts with this magic (`crash_handle_hotplug_event` in `kernel/crash_core.c`). Only one is
    /// accepted, in any order.
    #[error(
        "{segment} looks like a second elfcorehdr, so on hotplug the running kernel could overwrite it instead of {elfcorehdr}: use another format, such as a compressed file"
    )]
    LooksLikeElfcorehdr { segment: SegmentId, elfcorehdr: SegmentId },
    /// The kernel rejects an image of more than half of its memory (`sanity_check_segment_list` in
    /// `kernel/kexec_core.c`).
    #[error(
        "the image has {bytes} bytes, but the running kernel accepts at most half of its {memory} bytes of memory: use a smaller initrd"
    )]
    HalfOfMemory { bytes: u64, memory: u64 },
    /// The image leaves less of the crash kernel region than the running kernel itself needs.
    #[error(
        "the image leaves {free} bytes of loadable memory free, but the running kernel needs {needed} for page tables: use a smaller initrd, or reserve more"
    )]
    TooLittleFree { free: u64, needed: u64 },
    /// No memory range fits the purgatory.
    #[error("no memory range fits the purgatory")]
    NoRoom(#[source] PlacerError),
    /// The purgatory cannot be laid out or relocated.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The purgatory cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

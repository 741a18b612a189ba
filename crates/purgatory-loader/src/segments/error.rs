//! Why no image can be built.

use super::placer::PlacerError;
use crate::image::PlaceError;
use crate::native::SealError;
use crate::segment::SegmentId;
use purgatory_abi::PAGE;
use purgatory_abi::native::{SEGMENTS, SegmentKind};
use thiserror::Error;

/// Why segments make no image that kexec_load(2) would take and the purgatory could verify.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum BuildError {
    /// One more than fits beside the purgatory's own: `KEXEC_SEGMENT_MAX` of `include/linux/kexec.h`.
    #[error(
        "a segment of kind {} would be number {} with the purgatory's own, and {SEGMENTS} can be loaded: join some",
        kind.name(), index + 2
    )]
    TooManySegments { kind: SegmentKind, index: usize },
    /// The purgatory's own segment is made here.
    #[error(
        "segment {index} is of kind purgatory: leave it out, the purgatory's own is added by itself"
    )]
    OwnSegment { index: usize },
    /// There is nothing in it.
    #[error("segment {index} ({}) has neither bytes nor zeros: leave it out", kind.name())]
    Empty { kind: SegmentKind, index: usize },
    /// kexec loads whole pages.
    #[error(
        "segment {index} ({}) is to be loaded at {address:#x}: give a multiple of {PAGE}", kind.name()
    )]
    NotPageAligned { kind: SegmentKind, index: usize, address: u64 },
    /// It passes the end of the address space.
    #[error(
        "segment {index} ({}) with its {bytes} bytes at {address:#x} passes the end of the address space",
        kind.name()
    )]
    Wraps { kind: SegmentKind, index: usize, address: u64, bytes: u64 },
    /// It is not, or not all, in the memory that may be loaded to.
    #[error("{segment} is not in memory that may be loaded to: look for a place with the placer")]
    OutsideRam { segment: SegmentId },
    /// Two segments share a page. One of them may be the purgatory's own.
    #[error("{segment} and {other} overlap: move one of them")]
    Overlap { segment: SegmentId, other: SegmentId },
    /// The kernel would write to it on hotplug, since the last segment that looks like elfcorehdr is the one that it takes
    /// (`crash_handle_hotplug_event` in `kernel/crash_core.c`).
    #[error(
        "{segment} starts with the magic of ELF, so that on hotplug the old kernel would overwrite it instead of {elfcorehdr}: give it another form, such as a compressed one"
    )]
    TakenForElfcorehdr { segment: SegmentId, elfcorehdr: SegmentId },
    /// The kernel takes no image of more than half of its memory (`sanity_check_segment_list` in `kernel/kexec_core.c`).
    #[error(
        "the image has {bytes} bytes, and the kernel takes no more than half of its {memory} bytes of memory: take a smaller initrd"
    )]
    HalfOfMemory { bytes: u64, memory: u64 },
    /// The image leaves less of the crash kernel region than the running kernel needs there itself.
    #[error(
        "the image leaves {free} bytes of the memory that may be loaded to, and the kernel needs {needed} of it for page tables: take a smaller initrd, or reserve more"
    )]
    TooLittleFree { free: u64, needed: u64 },
    /// There is no place for the purgatory.
    #[error("the purgatory finds no place")]
    NoRoom(#[source] PlacerError),
    /// The purgatory cannot be laid out or relocated.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The purgatory cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

//! What can be wrong with a loaded image.

use purgatory_abi::Region;
use purgatory_abi::native::{
    CHUNK_BYTES, Console, Header, LIST_BYTES, Policy, SEGMENTS, SegmentKind, VERSION,
};
use thiserror::Error;

/// Why a loaded image cannot be decoded. The purgatory itself refuses most of it too, when it is entered. `index` is that of a
/// segment in the list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum DecodeError {
    /// There are fewer bytes than a header has.
    #[error("{len} bytes of memory are less than a header, which has {}", size_of::<Header>())]
    Truncated { len: usize },
    /// It does not start with a header.
    #[error("there is no header here: the native contract's magic is missing")]
    Magic,
    /// The header is of another version.
    #[error("the header has version {found} of the native contract, this loader version {VERSION}")]
    Version { found: u32 },
    /// The header is smaller than the contract's, or larger than the memory.
    #[error(
        "the header says that it has {found} bytes, and version {VERSION} has {} at least, in {len} bytes of memory",
        size_of::<Header>()
    )]
    HeaderBytes { found: u32, len: usize },
    /// The header is not what was sealed.
    #[error("the header does not have its digest: it is damaged, or was never sealed")]
    HeaderDigest,
    /// The loader used flags that are not known here, or not to the purgatory.
    #[error(
        "the header has the flags {found:#x}, of which this loader or the purgatory does not know all"
    )]
    Flags { found: u64 },
    /// The loader used fields that are not known here.
    #[error(
        "the header has something behind the fields of this loader: a later loader made it, take that one"
    )]
    LaterFields,
    /// The policy is none that the contract has.
    #[error("{found:?} is no policy of version {VERSION} of the native contract")]
    Policy { found: Policy },
    /// A console is none that the contract has.
    #[error(
        "console {index} is {found:?}, which is none of version {VERSION} of the native contract"
    )]
    Console { index: usize, found: Console },
    /// The list is not behind the header, or not at a multiple of 8, or too long, or not in the memory.
    #[error(
        "the segment digest list is said to have {} bytes at {:#x}, which cannot be: it lies behind the header, at a multiple of 8, in the memory that is given, and has {LIST_BYTES} bytes at most",
        list.len, list.start
    )]
    List { list: Region },
    /// The list is not what was sealed.
    #[error("the segment digest list does not have its digest: it is damaged")]
    ListDigest,
    /// The list's parts do not fill it.
    #[error(
        "the segment digest list has {bytes} bytes, which are not those of its {segments} segments and {digests} digests"
    )]
    ListParts { segments: u32, digests: u64, bytes: usize },
    /// There are too many segments.
    #[error("the segment digest list has {found} segments, and {SEGMENTS} can be loaded")]
    Segments { found: u32 },
    /// Chunks are of another size.
    #[error(
        "the segment digest list has chunks of {found} bytes, and version {VERSION} has {CHUNK_BYTES}"
    )]
    ChunkBytes { found: u32 },
    /// The kind is none that the contract has.
    #[error("segment {index} is of kind {found}, and there is none of that number")]
    Kind { index: usize, found: u8 },
    /// A segment is verified that must not be, or has another number there.
    #[error("segment {index} ({}) has {found} where 1 says that it is verified and 0 that it is not", kind.name())]
    Verified { index: usize, kind: SegmentKind, found: u8 },
    /// Something reserved is not zero.
    #[error("segment {index} has something where zeros are reserved")]
    Reserved { index: usize },
    /// A segment's digests are not behind those of the segments before it.
    #[error("the digests of segment {index} begin with number {found}, not with {expected}")]
    FirstDigest { index: usize, found: u64, expected: u64 },
    /// There are more or fewer digests than chunks.
    #[error("the segments have {chunks} chunks, and there are {digests} digests")]
    Digests { chunks: u64, digests: u64 },
    /// A segment passes the end of the address space.
    #[error("segment {index} at {address:#x} passes the end of the address space")]
    Wraps { index: usize, address: u64 },
    /// Two segments share a byte.
    #[error("segments {index} and {other} overlap")]
    Overlap { index: usize, other: usize },
    /// A segment has a byte of the purgatory or of the list.
    #[error("segment {index} ({}) is in the way of the purgatory", kind.name())]
    CoversPurgatory { index: usize, kind: SegmentKind },
    /// The purgatory's own segment is not where header and list are.
    #[error(
        "segment {index} is said to be the purgatory at {address:#x}, and header and list are not in it"
    )]
    OwnSegment { index: usize, address: u64 },
}

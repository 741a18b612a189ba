//! Replaces the payload of one segment of a loaded image.

use super::copies;
use super::decode::{DecodeError, Loaded};
use super::digests::{digest, digests};
use super::list::{encode, list_bytes};
use alloc::vec::Vec;
use core::mem::offset_of;
use purgatory_abi::native::{CHUNK_BYTES, Header, LIST_BYTES, SegmentKind};
use purgatory_abi::{DIGEST_BYTES, Region};
use purgatory_sha256::Implementation;
use thiserror::Error;
use zerocopy::IntoBytes;

/// The reason why a segment cannot be updated. `index` is the index of the segment in the list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum UpdateError {
    /// The memory has no image, or a corrupted one.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The list has no such segment.
    #[error("segment {index} does not exist: the image has {count} segments")]
    NoSegment { index: usize, count: usize },
    /// The segment has no digests.
    #[error(
        "segment {index} ({}) is not verified and has no digests: write to it directly", kind.name()
    )]
    NotVerified { index: usize, kind: SegmentKind },
    /// The payload does not fit into the segment's memory.
    #[error(
        "{bytes} bytes do not fit into segment {index}, which has {memory} bytes of memory: load the image again"
    )]
    TooLong { index: usize, bytes: u64, memory: u64 },
    /// The list has no room for the digests.
    #[error(
        "with {bytes} bytes in segment {index} the segment digest list needs {needed} bytes, but has only {room}: load the image again"
    )]
    NoRoom { index: usize, bytes: u64, needed: u64, room: u64 },
}

/// Changes the image whose purgatory is loaded at physical address `base`, so that it expects `payload` in segment
/// `index`.
///
/// `memory` is the memory at `base`, at least to the end of the list. The function changes the list, and in the header
/// and its copies the list's length, the list's digest and the header's digest. On an error, it changes nothing.
///
/// The payload may be shorter than before. It may be longer if it fits into the segment's memory: its zero padding then
/// shrinks. The list must fit into the purgatory's own segment: into its size when it was sealed, and the rest of the
/// last page if a [`Builder`](crate::segments::Builder) made it.
///
/// The caller writes the payload and its zero padding to the segment's memory. Between these two steps, the purgatory
/// would report the image as corrupted.
///
/// # Errors
///
/// Returns an [`UpdateError`], and leaves `memory` unchanged.
pub fn update(
    memory: &mut [u8],
    base: u64,
    index: usize,
    payload: &[u8],
    implementation: Implementation,
    progress: impl FnMut(u64, u64),
) -> Result<(), UpdateError> {
    let mut loaded = Loaded::decode(memory, base, implementation)?;
    let room = room(&loaded, base, memory.len());
    let (bytes, count) = (payload.len() as u64, loaded.segments.len());
    let Some(segment) = loaded.segments.get_mut(index) else {
        return Err(UpdateError::NoSegment { index, count });
    };
    if !segment.verified {
        return Err(UpdateError::NotVerified { index, kind: segment.kind });
    }
    let of_segment = segment.payload + segment.zeros;
    if bytes > of_segment {
        return Err(UpdateError::TooLong { index, bytes, memory: of_segment });
    }
    let chunks: Vec<&[u8]> = payload.chunks(CHUNK_BYTES as usize).collect();
    let others: usize = loaded.segments.iter().map(|segment| segment.digests.len()).sum();
    let others = others - loaded.segments[index].digests.len();
    let needed = list_bytes(count, others + chunks.len()) as u64;
    if needed > room {
        return Err(UpdateError::NoRoom { index, bytes, needed, room });
    }
    let segment = &mut loaded.segments[index];
    segment.digests = digests(implementation, &chunks, progress);
    (segment.payload, segment.zeros) = (bytes, of_segment - bytes);
    write(memory, base, &loaded, implementation);
    Ok(())
}

/// Returns the maximum size of the list: to the end of the purgatory's own segment, or the present size if that is not
/// listed.
fn room(loaded: &Loaded, base: u64, len: usize) -> u64 {
    let Region { start, len: now } = loaded.header.list;
    let own = loaded.segments.iter().find(|segment| segment.kind == SegmentKind::Purgatory);
    let end = own.and_then(|own| own.range()).map_or(start + now, |range| range.end);
    (end.min(base.saturating_add(len as u64)) - start).min(LIST_BYTES)
}

/// Writes the list, which fits, and its fields in the header.
fn write(memory: &mut [u8], base: u64, loaded: &Loaded, implementation: Implementation) {
    let (entries, digests) = loaded.tables();
    let list = encode(&entries, &digests);
    let start = loaded.header.list.start;
    let at = (start - base) as usize;
    memory[at..at + list.len()].copy_from_slice(&list);
    let region = Region { start, len: list.len() as u64 };
    put(memory, offset_of!(Header, list), region.as_bytes());
    put(memory, offset_of!(Header, list_digest), &digest(implementation, &list));
    let header = &memory[Header::DIGESTED_FROM..loaded.header.header_bytes as usize];
    let header_digest: [u8; DIGEST_BYTES] = digest(implementation, header);
    put(memory, offset_of!(Header, header_digest), &header_digest);
    copies::write(memory, &loaded.header, loaded.header.header_bytes as usize);
}

/// Writes a field of the header.
fn put(memory: &mut [u8], offset: usize, value: &[u8]) {
    memory[offset..offset + value.len()].copy_from_slice(value);
}

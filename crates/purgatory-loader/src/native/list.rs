//! The segment digest list as bytes.

use super::digests::{Digest, digests};
use crate::segment::Segment;
use alloc::vec::Vec;
use core::ops::Range;
use purgatory_abi::DIGEST_BYTES;
use purgatory_abi::native::{CHUNK_BYTES, ListHeader, SegmentEntry, SegmentKind};
use purgatory_sha256::Implementation;
use zerocopy::IntoBytes;

/// Returns whether the purgatory verifies this kind. The running kernel rewrites elfcorehdr on CPU and memory hotplug.
fn is_verified(kind: SegmentKind) -> bool {
    kind != SegmentKind::Elfcorehdr
}

/// Returns the number of chunks in the verified payloads.
pub(super) fn chunks(segments: &[Segment<'_>]) -> usize {
    let verified = segments.iter().filter(|segment| is_verified(segment.kind));
    verified.map(|segment| segment.payload.len().div_ceil(CHUNK_BYTES as usize)).sum()
}

/// Returns the size of a list in bytes.
pub(super) fn list_bytes(segments: usize, chunks: usize) -> usize {
    size_of::<ListHeader>() + segments * size_of::<SegmentEntry>() + chunks * DIGEST_BYTES
}

/// Returns the list of these segments and of the purgatory. The purgatory's segment is `own`: `payload` bytes, with the
/// list, then zeros to its end.
pub(super) fn list(
    segments: &[Segment<'_>],
    own: Range<u64>,
    payload: u64,
    implementation: Implementation,
    progress: impl FnMut(u64, u64),
) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut chunks: Vec<&[u8]> = Vec::new();
    for segment in segments {
        let verified = is_verified(segment.kind);
        entries.push(SegmentEntry {
            kind: segment.kind.code(),
            verified: verified.into(),
            address: segment.address,
            payload: segment.payload.len() as u64,
            zeros: segment.zeros,
            first_digest: if verified { chunks.len() as u64 } else { 0 },
            ..SegmentEntry::default()
        });
        if verified {
            chunks.extend(segment.payload.chunks(CHUNK_BYTES as usize));
        }
    }
    entries.push(SegmentEntry {
        kind: SegmentKind::Purgatory.code(),
        address: own.start,
        payload,
        zeros: own.end - own.start - payload,
        ..SegmentEntry::default()
    });
    encode(&entries, &digests(implementation, &chunks, progress))
}

/// Returns the bytes of a list.
pub(super) fn encode(entries: &[SegmentEntry], digests: &[Digest]) -> Vec<u8> {
    let header = ListHeader {
        segments: entries.len() as u32,
        chunk_bytes: CHUNK_BYTES,
        digests: digests.len() as u64,
    };
    [header.as_bytes(), entries.as_bytes(), digests.as_bytes()].concat()
}

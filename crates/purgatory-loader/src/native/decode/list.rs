//! Bytes of a segment digest list to segments.

use super::{DecodeError, LoadedSegment};
use crate::native::digests::Digest;
use alloc::vec::Vec;
use core::ops::Range;
use purgatory_abi::native::{CHUNK_BYTES, ListHeader, SEGMENTS, SegmentEntry, SegmentKind};
use zerocopy::FromBytes;

/// The segments of a list. `own` is the memory of the purgatory, from its header to the end of the list.
pub(super) fn segments(list: &[u8], own: &Range<u64>) -> Result<Vec<LoadedSegment>, DecodeError> {
    let (entries, digests) = parts(list)?;
    let mut rest = digests;
    let mut segments: Vec<LoadedSegment> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let kind = SegmentKind::from_code(entry.kind)
            .ok_or(DecodeError::Kind { index, found: entry.kind })?;
        let excluded = matches!(kind, SegmentKind::Elfcorehdr | SegmentKind::Purgatory);
        if entry.verified > u8::from(!excluded) {
            return Err(DecodeError::Verified { index, kind, found: entry.verified });
        }
        if entry.reserved != [0; 6] {
            return Err(DecodeError::Reserved { index });
        }
        let before = (digests.len() - rest.len()) as u64;
        let expected = if entry.verified == 0 { 0 } else { before };
        let found = entry.first_digest;
        if found != expected {
            return Err(DecodeError::FirstDigest { index, found, expected });
        }
        let chunks = entry.chunks();
        let split = usize::try_from(chunks).ok().and_then(|chunks| rest.split_at_checked(chunks));
        let Some((own_digests, behind)) = split else {
            let chunks = before.saturating_add(chunks);
            return Err(DecodeError::Digests { chunks, digests: digests.len() as u64 });
        };
        rest = behind;
        let segment = LoadedSegment {
            kind,
            verified: entry.verified != 0,
            address: entry.address,
            payload: entry.payload,
            zeros: entry.zeros,
            digests: own_digests.to_vec(),
        };
        check_place(index, &segment, &segments, own)?;
        segments.push(segment);
    }
    if rest.is_empty() {
        return Ok(segments);
    }
    let chunks = (digests.len() - rest.len()) as u64;
    Err(DecodeError::Digests { chunks, digests: digests.len() as u64 })
}

/// The list's entries and digests, which fill it.
fn parts(list: &[u8]) -> Result<(Vec<SegmentEntry>, &[Digest]), DecodeError> {
    let short = DecodeError::ListParts { segments: 0, digests: 0, bytes: list.len() };
    let (header, rest) = ListHeader::read_from_prefix(list).map_err(|_| short)?;
    let ListHeader { segments, chunk_bytes, digests } = header;
    if chunk_bytes != CHUNK_BYTES {
        return Err(DecodeError::ChunkBytes { found: chunk_bytes });
    }
    if segments as usize > SEGMENTS {
        return Err(DecodeError::Segments { found: segments });
    }
    let wrong = || DecodeError::ListParts { segments, digests, bytes: list.len() };
    let entries = segments as usize * size_of::<SegmentEntry>();
    let (entries, rest) = rest.split_at_checked(entries).ok_or_else(wrong)?;
    let (entries, _) = entries.as_chunks::<{ size_of::<SegmentEntry>() }>();
    let entries = entries.iter().filter_map(|entry| SegmentEntry::read_from_bytes(entry).ok());
    let (found, rest) = rest.as_chunks();
    if !rest.is_empty() || found.len() as u64 != digests {
        return Err(wrong());
    }
    Ok((entries.collect(), found))
}

/// A segment leaves alone the purgatory and the segments before it.
fn check_place(
    index: usize,
    segment: &LoadedSegment,
    before: &[LoadedSegment],
    own: &Range<u64>,
) -> Result<(), DecodeError> {
    let range = segment.range();
    let range = range.ok_or(DecodeError::Wraps { index, address: segment.address })?;
    let is_own = segment.kind == SegmentKind::Purgatory;
    if is_own && (range.start != own.start || range.end < own.end) {
        return Err(DecodeError::OwnSegment { index, address: segment.address });
    }
    if !is_own && overlap(&range, own) {
        return Err(DecodeError::CoversPurgatory { index, kind: segment.kind });
    }
    let overlaps = |other: &LoadedSegment| other.range().is_some_and(|o| overlap(&range, &o));
    match before.iter().position(overlaps) {
        Some(other) => Err(DecodeError::Overlap { index, other }),
        None => Ok(()),
    }
}

/// Whether two ranges share a byte.
fn overlap(one: &Range<u64>, other: &Range<u64>) -> bool {
    !one.is_empty() && !other.is_empty() && one.start < other.end && other.start < one.end
}

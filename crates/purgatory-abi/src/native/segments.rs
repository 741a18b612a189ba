//! The checked segment digest list. The purgatory and programs that read loaded images accept the same lists.

use super::{CHUNK_BYTES, ListHeader, SEGMENTS, SegmentEntry, SegmentKind};
use crate::status::{Defect, Status};
use crate::{DIGEST_BYTES, Region};
use zerocopy::FromBytes;

/// Segments that do not wrap, do not overlap each other and do not overlap the purgatory, with a digest for each of
/// their chunks.
#[derive(Clone, Copy, Debug)]
pub struct Segments<'m> {
    entries: &'m [SegmentEntry],
    digests: &'m [[u8; DIGEST_BYTES]],
}

impl<'m> Segments<'m> {
    /// Checks the raw list of a loader. `address` is the list's physical address; `list` is aligned to 8 bytes. Only
    /// the purgatory's own segment may share a byte with `own`.
    ///
    /// # Errors
    ///
    /// Returns [`Status::ListMalformed`], [`Status::RegionWraps`], [`Status::RegionCoversPurgatory`] or
    /// [`Status::RegionsOverlap`], with the first segment that is wrong.
    pub fn check(list: &'m [u8], address: u64, own: Region) -> Result<Self, Defect> {
        let malformed = Defect { status: Status::ListMalformed, slot: None, address };
        let segments = Self::parse(list).ok_or(malformed)?;
        let mut digests = 0;
        for (slot, entry) in segments.numbered() {
            let defect = |status| Defect { status, slot: Some(slot), address: entry.address };
            let kind = SegmentKind::from_code(entry.kind);
            let excluded = matches!(kind, Some(SegmentKind::Elfcorehdr | SegmentKind::Purgatory));
            let first_digest = if entry.verified == 0 { 0 } else { digests };
            let well_formed = kind.is_some()
                && entry.verified <= u8::from(!excluded)
                && entry.reserved == [0; 6]
                && entry.first_digest == first_digest;
            if !well_formed {
                return Err(defect(Status::ListMalformed));
            }
            digests = entry.chunks().saturating_add(digests);
            let Some(region) = entry.region() else { return Err(defect(Status::RegionWraps)) };
            if kind != Some(SegmentKind::Purgatory) && region.overlaps(own) {
                return Err(defect(Status::RegionCoversPurgatory));
            }
            let mut earlier = segments.numbered().take_while(|(other, _)| *other < slot);
            if earlier.any(|(_, other)| region.overlaps(other.region().unwrap_or_default())) {
                return Err(defect(Status::RegionsOverlap));
            }
        }
        if digests == segments.digests.len() as u64 { Ok(segments) } else { Err(malformed) }
    }

    /// Returns the list's parts, if they fill the list exactly.
    fn parse(list: &'m [u8]) -> Option<Self> {
        let (header, rest) = ListHeader::ref_from_prefix(list).ok()?;
        let count = usize::try_from(header.segments).ok().filter(|count| *count <= SEGMENTS)?;
        let (entries, rest) = <[SegmentEntry]>::ref_from_prefix_with_elems(rest, count).ok()?;
        let (digests, rest) = rest.as_chunks();
        let whole = rest.is_empty()
            && header.chunk_bytes == CHUNK_BYTES
            && header.digests == digests.len() as u64;
        whole.then_some(Self { entries, digests })
    }

    /// Returns all segments, with their index in the list.
    pub fn numbered(&self) -> impl Iterator<Item = (u8, &'m SegmentEntry)> {
        (0..).zip(self.entries)
    }

    /// Returns the expected digest of each chunk.
    #[must_use]
    pub fn digests(&self) -> &'m [[u8; DIGEST_BYTES]] {
        self.digests
    }

    /// Returns the segment and the chunk of the digest with this index.
    #[must_use]
    pub fn of_digest(&self, digest: u64) -> Option<(u8, u64)> {
        self.numbered().find_map(|(slot, entry)| {
            let chunk = digest.checked_sub(entry.first_digest)?;
            (chunk < entry.chunks()).then_some((slot, chunk))
        })
    }
}

//! Decodes a segment digest list.

use super::loaded::LoadedSegment;
use alloc::vec;
use alloc::vec::Vec;
use purgatory_abi::Region;
use purgatory_abi::native::{SegmentEntry, SegmentKind, Segments};
use purgatory_abi::status::{Defect, Status};
use zerocopy::IntoBytes;

/// Returns the segments of the list at `address`. `own` is the memory of the purgatory, from its header to the end of
/// the list.
pub(super) fn segments(
    list: &[u8],
    address: u64,
    own: Region,
) -> Result<Vec<LoadedSegment>, Defect> {
    // The checker reads the list in place, as the purgatory does, and needs its alignment.
    let mut words = vec![0u64; list.len().div_ceil(size_of::<u64>())];
    let aligned = &mut words.as_mut_bytes()[..list.len()];
    aligned.copy_from_slice(list);
    let segments = Segments::check(aligned, address, own)?;
    let mut digests = segments.digests();
    let mut loaded = Vec::new();
    for (slot, entry) in segments.numbered() {
        let defect =
            Defect { status: Status::ListMalformed, slot: Some(slot), address: entry.address };
        let kind = SegmentKind::from_code(entry.kind).ok_or(defect)?;
        if kind == SegmentKind::Purgatory && !holds(entry, own) {
            return Err(defect);
        }
        let of_segment;
        (of_segment, digests) = digests.split_at_checked(entry.chunks() as usize).ok_or(defect)?;
        loaded.push(LoadedSegment {
            kind,
            verified: entry.verified != 0,
            address: entry.address,
            payload: entry.payload,
            zeros: entry.zeros,
            digests: of_segment.to_vec(),
        });
    }
    Ok(loaded)
}

/// Returns whether the purgatory's own segment starts with the header and does not end before the list.
fn holds(entry: &SegmentEntry, own: Region) -> bool {
    entry.address == own.start && entry.region().is_some_and(|region| region.len >= own.len)
}

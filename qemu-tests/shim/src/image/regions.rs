//! The region table: what is digested, and what is nonsense.

use alloc::vec::Vec;
use core::ops::Range;

use boot_shim::layout::HOLE;
use boot_shim::setup::{BadRegion, Regions, Setup};
use purgatory_abi::linux::{DIGEST_BYTES, REGION_SLOTS, Region};
use sha2::{Digest, Sha256};

use super::segments::Segments;
use super::{PAGE, memory};
use crate::memory::copy_of;

/// A length that no address space has room for.
const HUGE_BYTES: u64 = 1 << 62;

/// A region for each segment, or what the settings ask for.
pub(super) fn good_regions(setup: &Setup<'_>, segments: &Segments) -> Vec<Region> {
    let region = |range: &Range<u64>| Region { start: range.start, len: range.end - range.start };
    let mut regions = alloc::vec![
        region(&segments.elfcorehdr),
        region(&segments.boot_params),
        region(&segments.kernel),
        region(&segments.initrd),
    ];
    for range in [&segments.backup, &segments.real_mode_part] {
        if !range.is_empty() {
            regions.push(region(range));
        }
    }
    match setup.regions {
        Regions::Segments => {}
        Regions::None => regions.clear(),
        Regions::Hole => regions.insert(2, Region::default()),
        Regions::FirstPage => regions.insert(0, Region { start: 0, len: PAGE }),
        Regions::All => {
            let kernel = regions.remove(2);
            let pieces = (REGION_SLOTS - regions.len()) as u64;
            // Pieces of odd lengths, the rest in the last one.
            let piece = kernel.len / pieces - 1;
            for i in 0..pieces {
                let start = kernel.start + i * piece;
                let end = if i == pieces - 1 { segments.kernel.end } else { start + piece };
                regions.push(region(&(start..end)));
            }
        }
    }
    regions
}

/// The nonsensical one.
pub(super) fn bad_region(
    setup: &Setup<'_>,
    segments: &Segments,
    blob: &Range<u64>,
) -> Option<Region> {
    Some(match setup.bad_region {
        BadRegion::None => return None,
        BadRegion::Wraps => Region { start: u64::MAX - PAGE + 1, len: 2 * PAGE },
        BadRegion::Unmapped => Region { start: HOLE, len: PAGE },
        BadRegion::PartlyUnmapped => Region { start: HOLE - PAGE, len: 2 * PAGE },
        BadRegion::CoversBlob => Region { start: blob.start - PAGE, len: 2 * PAGE },
        BadRegion::Overlaps => Region { start: segments.kernel.end - 1, len: 1 },
        BadRegion::Huge => Region { start: blob.end, len: HUGE_BYTES },
    })
}

/// One SHA-256 over all regions in order.
pub(super) fn digest(regions: &[Region]) -> [u8; DIGEST_BYTES] {
    let mut sha256 = Sha256::new();
    for region in regions.iter().filter(|region| region.len > 0) {
        if region.start == 0 {
            sha256.update(copy_of(0, region.len as usize));
        } else {
            sha256.update(memory(&(region.start..region.start + region.len)));
        }
    }
    sha256.finalize().into()
}

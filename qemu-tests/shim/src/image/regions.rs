//! The region table: valid regions, and malformed ones.

use alloc::vec::Vec;
use core::ops::Range;

use boot_shim::layout::{HOLE, LARGE_PAGE};
use boot_shim::setup::{BadRegion, Regions, Setup};
use purgatory_abi::{DIGEST_BYTES, PAGE, Region};
use sha2::{Digest, Sha256};

use super::bytes::memory;
use super::segments::Segments;
use crate::memory::copy_of;

/// A length that no address space has room for.
const HUGE_BYTES: u64 = 1 << 62;

/// Returns a region for each segment, or the regions that the settings ask for; at most `slots`.
pub(super) fn good_regions(setup: &Setup<'_>, segments: &Segments, slots: usize) -> Vec<Region> {
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
            // The kernel's region must have the size in boot_params.
            let initrd = regions.remove(3);
            let pieces = (slots - regions.len()) as u64;
            // Pieces of odd lengths, the rest in the last one.
            let piece = initrd.len / pieces - 1;
            for i in 0..pieces {
                let start = initrd.start + i * piece;
                let end = if i == pieces - 1 { segments.initrd.end } else { start + piece };
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
        BadRegion::MiddleUnmapped => Region { start: HOLE - PAGE, len: LARGE_PAGE + 2 * PAGE },
        BadRegion::CoversBlob => Region { start: blob.start - PAGE, len: 2 * PAGE },
        BadRegion::Overlaps => Region { start: segments.kernel.end - 1, len: 1 },
        BadRegion::Huge => Region { start: blob.end, len: HUGE_BYTES },
    })
}

/// Returns a checksum that changes if any single byte of the regions does: each step is a bijection of the word, as in
/// FxHash. It detects writes to the regions, and is much faster than a digest.
pub(super) fn checksum(regions: &[Region]) -> u64 {
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
    const WORD: usize = size_of::<u64>();
    let add = |sum: u64, word: u64| (sum.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    let mut sum = 0;
    for region in regions.iter().filter(|region| region.len > 0) {
        with_bytes(region, |bytes| {
            let (words, rest) = bytes.as_chunks::<WORD>();
            sum = words.iter().fold(sum, |sum, word| add(sum, u64::from_le_bytes(*word)));
            sum = rest.iter().fold(sum, |sum, byte| add(sum, u64::from(*byte)));
        });
    }
    sum
}

/// One SHA-256 over all regions in order.
pub(super) fn digest(regions: &[Region]) -> [u8; DIGEST_BYTES] {
    let mut sha256 = Sha256::new();
    for region in regions.iter().filter(|region| region.len > 0) {
        with_bytes(region, |bytes| sha256.update(bytes));
    }
    sha256.finalize().into()
}

/// Shows a region's bytes, or a copy of those that no reference can point to.
fn with_bytes(region: &Region, mut look: impl FnMut(&[u8])) {
    if region.start == 0 {
        look(&copy_of(0, region.len as usize));
    } else {
        look(memory(&(region.start..region.start + region.len)));
    }
}

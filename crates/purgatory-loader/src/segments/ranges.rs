//! Subtraction of memory ranges.

use alloc::vec::Vec;
use core::ops::Range;

/// Returns `ranges` without the bytes of `excluded`, in the same order. A range that is cut in two becomes two ranges.
pub fn without(ranges: &[Range<u64>], excluded: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut left = ranges.to_vec();
    for hole in excluded.iter().filter(|hole| !hole.is_empty()) {
        left = left.iter().flat_map(|range| cut(range, hole)).collect();
    }
    left
}

/// Returns the part of `range` below `hole`, and the part above.
fn cut(range: &Range<u64>, hole: &Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let below = range.start..range.end.min(hole.start);
    let above = range.start.max(hole.end)..range.end;
    [below, above].into_iter().filter(|part| !part.is_empty())
}

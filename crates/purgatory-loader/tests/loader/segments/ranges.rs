//! Subtraction of ranges, compared with sets of numbers.

#![allow(clippy::single_range_in_vec_init, reason = "lists of ranges, some of which have one")]

use std::collections::BTreeSet;
use std::ops::Range;

use proptest::prelude::*;
use purgatory_loader::segments::without;

/// Ranges that may be empty and may overlap.
fn any_ranges() -> impl Strategy<Value = Vec<Range<u64>>> {
    let range = (0_u64..64, 0_u64..16).prop_map(|(start, len)| start..start + len);
    prop::collection::vec(range, 0..6)
}

/// Ranges that follow one another.
fn ascending() -> impl Strategy<Value = Vec<Range<u64>>> {
    prop::collection::vec((0_u64..4, 1_u64..16), 0..6).prop_map(|gaps| {
        let mut end = 0;
        let ranges = gaps.into_iter().map(|(gap, len)| {
            let start = end + gap;
            end = start + len;
            start..end
        });
        ranges.collect()
    })
}

fn numbers(ranges: &[Range<u64>]) -> BTreeSet<u64> {
    ranges.iter().cloned().flatten().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn removes_exactly_the_excluded_numbers(ranges in ascending(), excluded in any_ranges()) {
        let left = without(&ranges, &excluded);
        let expected: BTreeSet<u64> = &numbers(&ranges) - &numbers(&excluded);
        prop_assert_eq!(numbers(&left), expected);
        prop_assert!(left.iter().all(|range| !range.is_empty()));
        prop_assert!(left.windows(2).all(|pair| pair[0].end <= pair[1].start));
    }
}

#[test]
fn keeps_the_order_of_cut_ranges() {
    let ram = [0..10, 10..30, 40..50];
    assert_eq!(without(&ram, &[15..20]), [0..10, 10..15, 20..30, 40..50]);
    assert_eq!(without(&ram, &[0..45, 48..u64::MAX]), [45..48]);
    let empty = 5..5;
    assert_eq!(without(&ram, &[empty]), ram);
}

//! Places: lowest, highest, aligned, inside limits, and errors.

use super::RAM;
use proptest::prelude::*;
use purgatory_abi::PAGE;
use purgatory_loader::segments::Direction::{BottomUp, TopDown};
use purgatory_loader::segments::{Placer, PlacerError};
use std::iter::once;
use std::ops::Range;

const ALL: Range<u64> = 0..u64::MAX;

fn placer() -> Placer {
    Placer::over(RAM).unwrap()
}

#[test]
fn ram_is_sorted_joined_and_cut_to_pages() {
    let given = [0x9000..0xa800, 0x1001..0x3000, 0xa800..0xb000, 0x5000..0x5fff, 0x4000..0x4000];
    let placer = Placer::over(given).unwrap();
    assert_eq!(placer.ram(), [0x2000..0x3000, 0x9000..0xb000]);
    assert_eq!(placer.free(), placer.ram());
    assert_eq!(Placer::over([]).unwrap().ram(), []);
    assert_eq!(Placer::over(once(u64::MAX - 5..u64::MAX)).unwrap().ram(), []);
}

#[test]
fn rejects_a_reversed_range() {
    let range = Range { start: 0x3000, end: 0x2000 };
    let error = Placer::over([0..0x1000, range.clone()]).unwrap_err();
    assert_eq!(error, PlacerError::Backwards { range: range.clone() });
    assert!(error.to_string().contains("0x3000-0x2000"));
    assert_eq!(placer().reserve(range.clone()), Err(PlacerError::Backwards { range }));
}

#[test]
fn finds_the_lowest_and_the_highest_place() {
    let mut placer = placer();
    assert_eq!(placer.place(1, 1, ALL, BottomUp), Ok(0x1000));
    assert_eq!(placer.place(0x1001, 1, ALL, BottomUp), Ok(0x2000));
    assert_eq!(placer.place(1, 1, ALL, BottomUp), Ok(0x4000));
    assert_eq!(placer.place(1, 1, ALL, TopDown), Ok(0x4ff_f000));
    assert_eq!(placer.place(0x1001, 1, ALL, TopDown), Ok(0x4ff_d000));
    assert_eq!(placer.free(), [0x5000..0x9_f000, 0x100_0000..0x4ff_d000]);
}

#[test]
fn respects_alignment_and_limits() {
    let mut placer = placer();
    assert_eq!(placer.place(0x1000, 0x20_0000, 0..0x200_0000, TopDown), Ok(0x1e0_0000));
    assert_eq!(placer.place(0x1000, 0x20_0000, 0x100_1000..ALL.end, BottomUp), Ok(0x120_0000));
    // Exactly the limits.
    assert_eq!(placer.place(0x3000, 1, 0x7000..0xa000, TopDown), Ok(0x7000));
    let within = 0x7000..0xa000;
    let error = placer.place(1, 1, within.clone(), BottomUp).unwrap_err();
    assert_eq!(error, PlacerError::NoRoom { memsz: 1, align: 1, within, largest: 0 });
    // The rest of the last page is inside the limits too.
    assert!(placer.place(0x1001, 1, 0xa000..0xb800, BottomUp).is_err());
    assert_eq!(placer.place(0x1001, 1, 0xa000..0xc000, BottomUp), Ok(0xa000));
}

#[test]
fn rejects_a_size_that_does_not_fit() {
    let all = 64 << 20;
    assert_eq!(placer().place(all, 1, ALL, TopDown), Ok(0x100_0000));
    for memsz in [all + 1, u64::MAX] {
        let error = placer().place(memsz, 1, ALL, TopDown).unwrap_err();
        assert_eq!(error, PlacerError::NoRoom { memsz, align: 1, within: ALL, largest: all });
        assert!(error.to_string().contains(&format!("{memsz} bytes")), "{error}");
    }
    assert!(placer().place(1, 1 << 63, 0x1000..ALL.end, BottomUp).is_err());
}

#[test]
fn rejects_zero_sizes_and_invalid_alignments() {
    assert_eq!(placer().place(0, 1, ALL, TopDown), Err(PlacerError::Empty));
    assert_eq!(placer().reserve(0x2000..0x2000), Err(PlacerError::Empty));
    for align in [0, 3, 4097] {
        assert_eq!(placer().place(1, align, ALL, TopDown), Err(PlacerError::Alignment { align }));
    }
}

#[test]
fn skips_reserved_memory() {
    let mut placer = placer();
    assert_eq!(placer.reserve(0x100_0001..0x100_1001), Ok(()));
    assert_eq!(placer.place(1, 1, 0x10_0000..ALL.end, BottomUp), Ok(0x100_2000));
    let range = 0x100_4000..0x100_6000;
    assert_eq!(placer.reserve(range.clone()), Ok(()));
    let taken = PlacerError::InUse { range: range.clone(), at: range.start };
    assert_eq!(placer.reserve(range), Err(taken));
    let range = 0x100_3000..0x100_5000;
    let error = placer.reserve(range.clone()).unwrap_err();
    assert_eq!(error, PlacerError::InUse { range, at: 0x100_4000 });
    assert!(error.to_string().contains("from 0x1004000 on"), "{error}");
    assert_eq!(placer.reserve(0x100_3000..0x100_4000), Ok(()));
}

#[test]
fn rejects_reservations_outside_ram() {
    for range in [0..0x1000, 0x9_e000..0x9_fc00, 0x9_0000..0x100_1000, 0x1000..u64::MAX] {
        let error = placer().reserve(range.clone()).unwrap_err();
        assert_eq!(error, PlacerError::OutsideRam { range });
    }
}

proptest! {
    #[test]
    fn places_are_free_aligned_and_disjoint(
        wishes in prop::collection::vec((1u64..0x40_0000, 0u32..23, any::<bool>()), 1..40)
    ) {
        let mut placer = placer();
        let free = |placer: &Placer| placer.free().iter().map(|r| r.end - r.start).sum::<u64>();
        let mut placed: Vec<Range<u64>> = Vec::new();
        for (memsz, align, down) in wishes {
            let (align, before) = (1 << align, free(&placer));
            let direction = if down { TopDown } else { BottomUp };
            match placer.place(memsz, align, ALL, direction) {
                Ok(start) => {
                    let end = start + memsz.next_multiple_of(PAGE);
                    prop_assert!(start.is_multiple_of(align.max(PAGE)));
                    prop_assert!(placer.ram().iter().any(|r| r.start <= start && end <= r.end));
                    prop_assert!(placed.iter().all(|other| end <= other.start || other.end <= start));
                    prop_assert_eq!(free(&placer), before - (end - start));
                    placed.push(start..end);
                }
                Err(PlacerError::NoRoom { largest, .. }) => {
                    prop_assert!(largest < memsz + align);
                    prop_assert_eq!(free(&placer), before);
                }
                Err(error) => prop_assert!(false, "{error}"),
            }
        }
    }
}

//! Each rule of the segment digest list, tested with a list that follows it and another one that violates it by one
//! number. The lists are built byte by byte.

use super::{Defect, Segments};
use crate::loader::native::fake_image::{entry, list};
use proptest::prelude::*;
use proptest::sample::Index;
use purgatory_abi::Region;
use purgatory_abi::status::Status;

const OWN: Region = Region { start: 0x10_0000, len: 0x8000 };

/// The address of the lists.
const LIST: u64 = 0x10_8000;

/// Checks a list at an address that is a multiple of eight, as in memory.
fn checked<T>(list: &[u8], then: impl FnOnce(Result<Segments<'_>, Defect>) -> T) -> T {
    let mut words = vec![0u64; list.len().div_ceil(8)];
    let bytes = zerocopy::IntoBytes::as_mut_bytes(words.as_mut_slice());
    bytes[..list.len()].copy_from_slice(list);
    then(Segments::check(&bytes[..list.len()], LIST, OWN))
}

/// Returns the defect of a list: the status, and the slot if one segment is wrong.
fn wrong(list: &[u8]) -> Option<(Status, Option<u8>)> {
    checked(list, |segments| segments.err().map(|defect| (defect.status, defect.slot)))
}

/// Returns the defect of a list with these entries and as many digests.
fn wrong_with(entries: &[[u8; 40]], digests: usize) -> Option<(Status, Option<u8>)> {
    wrong(&list(entries, &vec![[0xab; 32]; digests]))
}

const MALFORMED: Option<(Status, Option<u8>)> = Some((Status::ListMalformed, None));

fn malformed(slot: u8) -> Option<(Status, Option<u8>)> {
    Some((Status::ListMalformed, Some(slot)))
}

/// Three chunks with zero padding, an excluded segment, one chunk, an empty segment, and the purgatory followed by the
/// list.
fn valid_list() -> Vec<u8> {
    let entries = [
        entry(1, 1, 0x100_0000, [131_073, 5000, 0]),
        entry(5, 0, 0x200_0000, [4096, 0, 0]),
        entry(2, 1, 0x300_0000, [65_536, 0, 3]),
        entry(8, 1, 0, [0, 0, 4]),
        entry(6, 0, OWN.start, [0x9000, 0, 0]),
    ];
    list(&entries, &[[1; 32], [2; 32], [3; 32], [4; 32]])
}

#[test]
fn a_valid_list_gives_its_segments_and_the_chunk_of_each_digest() {
    checked(&valid_list(), |segments| {
        let segments = segments.expect("good");
        let kinds: Vec<_> = segments.numbered().map(|(slot, entry)| (slot, entry.kind)).collect();
        assert_eq!(kinds, [(0, 1), (1, 5), (2, 2), (3, 8), (4, 6)]);
        assert_eq!(segments.digests(), [[1; 32], [2; 32], [3; 32], [4; 32]]);
        let of: Vec<_> = (0..6).map(|digest| segments.of_digest(digest)).collect();
        assert_eq!(of, [Some((0, 0)), Some((0, 1)), Some((0, 2)), Some((2, 0)), None, None]);
        assert_eq!(segments.of_digest(u64::MAX), None);
    });
}

#[test]
fn all_chunks_except_the_last_have_64_kib() {
    checked(&valid_list(), |segments| {
        let (_, kernel) = segments.expect("good").numbered().next().expect("first");
        let chunks =
            [0, 1, 2, 3, u64::MAX].map(|index| kernel.chunk(index)).map(|c| (c.start, c.len));
        assert_eq!(chunks[..3], [(0x100_0000, 65_536), (0x101_0000, 65_536), (0x102_0000, 1)]);
        assert_eq!([chunks[3].1, chunks[4].1], [0, 0]);
        assert_eq!(kernel.region(), Some(Region { start: 0x100_0000, len: 131_073 + 5000 }));
    });
}

#[test]
fn accepts_a_list_without_segments_and_rejects_an_empty_one() {
    assert_eq!(wrong_with(&[], 0), None);
    assert_eq!(wrong(&[]), MALFORMED);
}

#[test]
fn accepts_sixteen_segments_and_rejects_seventeen() {
    let entries: Vec<_> = (1..=17).map(|n| entry(8, 1, n << 24, [10, 0, n - 1])).collect();
    assert_eq!(wrong_with(&entries[..16], 16), None);
    assert_eq!(wrong_with(&entries, 17), MALFORMED);
}

#[test]
fn rejects_a_wrong_number_of_segments() {
    for count in [0, 4, 6, 16, 17, u32::MAX] {
        let mut list = valid_list();
        list[..4].copy_from_slice(&count.to_le_bytes());
        // With too few segments, an entry is read as a digest, but the number of digests then differs.
        assert_eq!(wrong(&list), MALFORMED, "{count}");
    }
}

#[test]
fn rejects_a_truncated_list_and_trailing_bytes() {
    let list = valid_list();
    assert_eq!(wrong(&list), None);
    for len in 0..list.len() {
        assert_eq!(wrong(&list[..len]), MALFORMED, "{len}");
    }
    for more in 1..100 {
        let longer = [list.as_slice(), &vec![0; more]].concat();
        assert_eq!(wrong(&longer), MALFORMED, "{more}");
    }
}

#[test]
fn rejects_an_unaligned_list() {
    let mut words = vec![0u64; valid_list().len() / 8 + 1];
    let bytes = zerocopy::IntoBytes::as_mut_bytes(words.as_mut_slice());
    for shift in 0..8 {
        let place = &mut bytes[shift..][..valid_list().len()];
        place.copy_from_slice(&valid_list());
        let defect = Segments::check(place, LIST, OWN).err();
        let malformed = Defect { status: Status::ListMalformed, slot: None, address: LIST };
        assert_eq!(defect, (shift != 0).then_some(malformed));
    }
}

#[test]
fn rejects_another_chunk_size() {
    for bytes in [0, 4096, 65_535, 65_537, u32::MAX] {
        let mut list = valid_list();
        list[4..8].copy_from_slice(&bytes.to_le_bytes());
        assert_eq!(wrong(&list), MALFORMED, "{bytes}");
    }
}

#[test]
fn rejects_too_many_and_too_few_digests() {
    for count in [0, 3, 5, u64::MAX] {
        let mut list = valid_list();
        list[8..16].copy_from_slice(&count.to_le_bytes());
        assert_eq!(wrong(&list), MALFORMED, "the header gives {count}");
    }
    let entries = [entry(1, 1, 0x100_0000, [131_073, 0, 0])];
    assert_eq!(wrong_with(&entries, 3), None);
    for count in [0, 2, 4] {
        assert_eq!(wrong_with(&entries, count), MALFORMED, "{count} are there");
    }
}

#[test]
fn rejects_unknown_kinds() {
    for kind in 0..=u8::MAX {
        let known = (1..=8).contains(&kind);
        let excluded = wrong_with(&[entry(kind, 0, 0x100_0000, [10, 0, 0])], 0);
        assert_eq!(excluded, if known { None } else { malformed(0) }, "{kind}");
        let verified = wrong_with(&[entry(kind, 1, 0x100_0000, [10, 0, 0])], 1);
        let may_be = known && kind != 5 && kind != 6;
        assert_eq!(verified, if may_be { None } else { malformed(0) }, "{kind}");
    }
}

#[test]
fn rejects_verified_other_than_0_and_1() {
    for verified in 2..=u8::MAX {
        assert_eq!(wrong_with(&[entry(1, verified, 0x100_0000, [10, 0, 0])], 1), malformed(0));
    }
}

#[test]
fn rejects_nonzero_reserved_bytes() {
    for at in 2..8 {
        let mut second = entry(2, 1, 0x200_0000, [10, 0, 1]);
        let first = entry(1, 1, 0x100_0000, [10, 0, 0]);
        assert_eq!(wrong_with(&[first, second], 2), None);
        second[at] = 0x80;
        assert_eq!(wrong_with(&[first, second], 2), malformed(1));
    }
}

#[test]
fn rejects_a_wrong_first_digest() {
    let first = entry(1, 1, 0x100_0000, [65_537, 0, 0]);
    for number in [0, 1, 3, u64::MAX] {
        assert_eq!(wrong_with(&[first, entry(2, 1, 0x200_0000, [1, 0, number])], 3), malformed(1));
        let excluded = wrong_with(&[first, entry(5, 0, 0x200_0000, [1, 0, number])], 2);
        assert_eq!(excluded, if number == 0 { None } else { malformed(1) });
    }
    assert_eq!(wrong_with(&[first, entry(2, 1, 0x200_0000, [1, 0, 2])], 3), None);
}

#[test]
fn rejects_a_segment_that_passes_the_end_of_the_address_space() {
    let at = u64::MAX - 0xfff;
    let wraps = Some((Status::RegionWraps, Some(0)));
    for (numbers, expected) in [
        ([0x1000, 0, 0], None),
        ([0x1001, 0, 0], wraps),
        ([0x800, 0x800, 0], None),
        ([0x800, 0x801, 0], wraps),
        ([1, u64::MAX, 0], wraps),
    ] {
        assert_eq!(wrong_with(&[entry(1, 1, at, numbers)], 1), expected, "{numbers:x?}");
    }
    assert_eq!(wrong_with(&[entry(1, 1, at, [u64::MAX, u64::MAX, 0])], 1), wraps);
    assert_eq!(wrong_with(&[entry(5, 0, at, [0x1001, 0, 0])], 0), wraps, "excluded or not");
    assert_eq!(wrong_with(&[entry(1, 1, u64::MAX, [0, 0, 0])], 0), None, "empty");
    let address = checked(&list(&[entry(1, 1, at, [0, 0x1001, 0])], &[]), |segments| {
        segments.err().map(|defect| defect.address)
    });
    assert_eq!(address, Some(at));
}

#[test]
fn rejects_a_segment_that_shares_a_byte_with_the_purgatory() {
    let covers = Some((Status::RegionCoversPurgatory, Some(0)));
    for (address, numbers, expected) in [
        (0xf_0000, [0x1_0000, 0, 0], None),
        (0xf_0000, [0x1_0000, 1, 0], covers),
        (0x10_8000, [1, 0, 0], None),
        (0x10_7fff, [1, 0, 0], covers),
        (0x10_4000, [0, 0, 0], None),
    ] {
        let digests = usize::from(numbers[0] != 0);
        assert_eq!(wrong_with(&[entry(1, 1, address, numbers)], digests), expected, "{address:#x}");
        assert_eq!(wrong_with(&[entry(5, 0, address, numbers)], 0), expected, "{address:#x}");
        assert_eq!(wrong_with(&[entry(6, 0, address, numbers)], 0), None, "its own");
    }
}

#[test]
fn rejects_overlapping_segments() {
    let first = entry(1, 1, 0x100_0000, [0x1000, 0x1000, 0]);
    let overlap = Some((Status::RegionsOverlap, Some(1)));
    for (address, numbers, expected) in [
        (0x100_2000, [1, 0, 1], None),
        (0x100_1fff, [1, 0, 1], overlap),
        (0xff_ffff, [1, 0, 1], None),
        (0xff_ffff, [1, 1, 1], overlap),
        (0x100_0000, [0, 0, 1], None),
    ] {
        let digests = 1 + usize::from(numbers[0] != 0);
        let second = entry(2, 1, address, numbers);
        assert_eq!(wrong_with(&[first, second], digests), expected, "{address:#x}");
        let [payload, zeros, _] = numbers;
        let excluded = entry(5, 0, address, [payload, zeros, 0]);
        assert_eq!(wrong_with(&[first, excluded], 1), expected, "{address:#x}, excluded");
        let own = entry(6, 0, address, [payload, zeros, 0]);
        assert_eq!(wrong_with(&[first, own], 1), expected, "{address:#x}, the purgatory's own");
    }
}

/// Checks the invariants of any list: it is rejected, or all its parts are within it, and every digest belongs to one
/// chunk.
fn check_invariants(list: &[u8]) {
    checked(list, |segments| {
        let Ok(segments) = segments else { return };
        assert_eq!(
            16 + 40 * segments.numbered().count() + 32 * segments.digests().len(),
            list.len()
        );
        let mut digests = 0..segments.digests().len() as u64;
        for (slot, entry) in segments.numbered() {
            let whole = entry.region().expect("does not wrap");
            for index in 0..entry.chunks() {
                let chunk = entry.chunk(index);
                assert!((1..=65_536).contains(&chunk.len));
                assert!(chunk.start - whole.start + chunk.len <= entry.payload);
                let digest = digests.next().expect("as many digests as chunks");
                assert_eq!(segments.of_digest(digest), Some((slot, index)));
            }
        }
        assert!(digests.is_empty(), "as many chunks as digests");
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn any_bytes_keep_the_invariants(list in prop::collection::vec(any::<u8>(), 0..400)) {
        check_invariants(&list);
    }

    #[test]
    fn a_valid_list_with_changed_bytes_keeps_the_invariants(
        changes in prop::collection::vec(
            (any::<Index>(), prop_oneof![any::<u8>(), Just(0), Just(1), Just(0xff)]), 0..4
        ),
    ) {
        let mut list = valid_list();
        for (place, byte) in changes {
            // Any digest is valid, so only the bytes before the digests can be wrong.
            list[place.index(16 + 5 * 40)] = byte;
        }
        check_invariants(&list);
    }
}

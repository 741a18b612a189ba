//! Intact images are verified, and all corruption of others is found.

use super::*;
use crate::loader::native::fake_image::{
    CHUNK, FakeImage, FakeSegment, HEADER_BYTES, KERNEL, LIST, OWN, RIP, kernel, sha256,
};
use crate::memory::fake::Pieces;
use core::cell::RefCell;
use purgatory_sha256::Instructions;

/// Returns the outcome, which is the same for all implementations that run on every processor.
#[track_caller]
fn verified(image: &FakeImage) -> Outcome<Corruptions> {
    let mut outcomes = Implementation::ranked(Instructions::default()).map(|implementation| {
        image.with_plan(|plan| chunks(&plan.attempts[0], implementation, &image.memory))
    });
    let first = outcomes.next().expect("one runs everywhere");
    outcomes.for_each(|other| assert_eq!(other, first));
    first
}

/// Returns the corrupted slots with their corruption.
fn corrupted(outcome: &Outcome<Corruptions>) -> Vec<(usize, Corruption)> {
    let corruptions = outcome.found.of_segment.iter().copied().enumerate();
    corruptions.filter(|(_, corruption)| !corruption.is_none()).collect()
}

fn defect(status: Status, slot: Option<u8>, address: u64) -> Option<Defect> {
    Some(Defect { status, slot, address })
}

/// Bytes of [`FakeImage::sample`] that are digested, and bytes that are checked for zeros.
const BYTES: u64 = 3 * CHUNK as u64 + CHUNK as u64 / 2;
const ZEROS: u64 = 5300;

#[test]
fn verifies_an_intact_image() {
    let outcome = verified(&FakeImage::sample());
    let found = Corruptions { zeros: ZEROS, ..Corruptions::default() };
    assert_eq!(
        outcome,
        Outcome { status: Status::Verified, defect: None, key: Key::of(0), bytes: BYTES, found }
    );
}

#[test]
fn verifies_an_image_without_verified_segments() {
    let outcome = verified(&FakeImage::with(&[FakeSegment { verified: 0, ..kernel([1]) }]));
    assert_eq!((outcome.status, outcome.bytes), (Status::Verified, 0));
}

#[test]
fn ignores_changed_and_unmapped_excluded_segments() {
    let mut image = FakeImage::sample();
    image.segment(2).fill(0x77);
    assert_eq!(verified(&image).status, Status::Verified);
    image.segment(2).clear();
    assert_eq!(verified(&image).status, Status::Verified);

    let excluded = FakeSegment { verified: 0, zeros: 10, ..kernel([1; 10]) };
    let mut image = FakeImage::with(&[excluded]);
    image.segment(0)[15] = 1;
    let outcome = verified(&image);
    assert_eq!((outcome.status, outcome.found.zeros), (Status::Verified, 0));
}

#[test]
fn finds_the_chunk_of_any_changed_byte() {
    for (slot, place, first) in [
        (0, 0, 0),
        (0, CHUNK - 1, 0),
        (0, CHUNK, 1),
        (0, 2 * CHUNK, 2),
        (0, 2 * CHUNK + CHUNK / 2 - 1, 2),
        (1, 0, 0),
        (1, CHUNK - 1, 0),
    ] {
        let mut image = FakeImage::sample();
        image.segment(slot)[place] ^= 0x10;
        let bytes = image.segment(slot);
        let end = (CHUNK * (first + 1)).min(bytes.len() - if slot == 0 { 5000 } else { 0 });
        let actual = sha256(&bytes[CHUNK * first..end]);
        let outcome = verified(&image);
        assert_eq!((outcome.status, outcome.defect), (Status::Mismatch, None));
        assert_eq!((outcome.bytes, outcome.found.zeros), (BYTES, ZEROS));
        let corruption = Corruption { chunks: 1, first: first as u64, actual, first_nonzero: None };
        assert_eq!(corrupted(&outcome), [(slot, corruption)], "byte {place} of {slot}");
    }
}

#[test]
fn names_every_corrupted_segment_with_its_first_chunk_and_their_number() {
    let mut image = FakeImage::sample();
    image.segment(0)[CHUNK + 5] ^= 1;
    image.segment(0)[2 * CHUNK] ^= 1;
    image.segment(1)[100] ^= 1;
    let kernel = sha256(&image.segment(0)[CHUNK..2 * CHUNK]);
    let initrd = sha256(image.segment(1));
    let outcome = verified(&image);
    assert_eq!(outcome.status, Status::Mismatch);
    let kernel = Corruption { chunks: 2, first: 1, actual: kernel, first_nonzero: None };
    let initrd = Corruption { chunks: 1, first: 0, actual: initrd, first_nonzero: None };
    assert_eq!(corrupted(&outcome), [(0, kernel), (1, initrd)]);
}

#[test]
fn finds_corruption_of_all_chunks_of_all_segments() {
    let mut image = FakeImage::sample();
    image.memory.0.iter_mut().skip(1).for_each(|(_, bytes)| bytes.fill(0xff));
    let outcome = verified(&image);
    let chunks =
        corrupted(&outcome).into_iter().map(|(slot, d)| (slot, d.chunks, d.first, d.first_nonzero));
    let tail = KERNEL + 2 * CHUNK as u64 + CHUNK as u64 / 2;
    assert_eq!(
        chunks.collect::<Vec<_>>(),
        [(0, 3, 0, Some(tail)), (1, 1, 0, None), (3, 0, 0, Some(0x400_0000))]
    );
}

#[test]
fn a_wrong_digest_in_the_list_is_a_corrupted_chunk() {
    for index in 0..4 {
        let mut image = FakeImage::sample();
        image.list()[16 + 5 * 40 + 32 * index + 31] ^= 1;
        image.seal();
        let outcome = verified(&image);
        let found: Vec<_> =
            corrupted(&outcome).iter().map(|(slot, d)| (*slot, d.chunks, d.first)).collect();
        assert_eq!(found, [[(0, 1, 0)], [(0, 1, 1)], [(0, 1, 2)], [(1, 1, 0)]][index]);
    }
}

#[test]
fn finds_the_first_nonzero_byte_of_the_padding() {
    let payload = 2 * CHUNK + CHUNK / 2;
    for (slot, at, address) in [
        (0, payload, KERNEL + payload as u64),
        (0, payload + 4999, KERNEL + payload as u64 + 4999),
        (3, 0, 0x400_0000),
        (3, 299, 0x400_0000 + 299),
    ] {
        let mut image = FakeImage::sample();
        image.segment(slot)[at] = 1;
        let outcome = verified(&image);
        assert_eq!((outcome.status, outcome.defect), (Status::Mismatch, None));
        let corruption = Corruption { first_nonzero: Some(address), ..Corruption::default() };
        assert_eq!(corrupted(&outcome), [(slot, corruption)]);
    }
}

#[test]
fn checks_padding_in_several_runs() {
    let zeros = FakeSegment { zeros: 300, ..kernel([]) };
    let mut image = FakeImage::with(&[zeros]);
    let second = image.segment(0).split_off(100);
    image.memory = core::mem::take(&mut image.memory).with(KERNEL + 100, second);
    let outcome = verified(&image);
    assert_eq!((outcome.status, outcome.found.zeros), (Status::Verified, 300));
    image.segment(1)[7] = 1;
    let outcome = verified(&image);
    assert_eq!(outcome.found.of_segment[0].first_nonzero, Some(KERNEL + 107));
}

/// Memory that records its reads.
struct Noting<'m>(&'m Pieces, RefCell<Vec<(u64, u64)>>);

impl Memory for Noting<'_> {
    fn run(&self, address: u64, max: u64) -> Result<&[u8], Unmapped> {
        self.1.borrow_mut().push((address, max));
        self.0.run(address, max)
    }

    fn whole(&self, address: u64, len: u64) -> Result<&[u8], Unmapped> {
        self.0.whole(address, len)
    }
}

#[test]
fn reads_padding_page_by_page() {
    let image = FakeImage::with(&[FakeSegment { zeros: 9000, ..kernel([1; 100]) }]);
    let noting = Noting(&image.memory, RefCell::default());
    let scalar =
        Implementation::ranked(Instructions::default()).last().expect("one runs everywhere");
    let outcome = image.with_plan(|plan| chunks(&plan.attempts[0], scalar, &noting));
    assert_eq!((outcome.status, outcome.found.zeros), (Status::Verified, 9000));
    let asked = noting.1.into_inner();
    let zeros: Vec<_> = asked.into_iter().filter(|(address, _)| *address >= KERNEL + 100).collect();
    assert_eq!(
        zeros,
        [(KERNEL + 100, 3996), (KERNEL + 4096, 4096), (KERNEL + 8192, 9000 - 3996 - 4096)]
    );
}

#[test]
fn names_an_unmapped_chunk_and_checks_all_others() {
    let mut image = FakeImage::sample();
    // The end of the kernel's second chunk, and everything after it including the zero padding, is unmapped.
    image.segment(0).truncate(CHUNK + 10);
    image.segment(1)[0] ^= 1;
    image.segment(3)[0] ^= 1;
    let outcome = verified(&image);
    let unmapped = defect(Status::RegionUnmapped, Some(0), KERNEL + CHUNK as u64 + 10);
    assert_eq!((outcome.status, outcome.defect), (Status::RegionUnmapped, unmapped));
    assert_eq!(outcome.bytes, 2 * CHUNK as u64 + 10);
    let [(0, kernel), (1, initrd), (3, other)] = corrupted(&outcome)[..] else {
        panic!("{outcome:?}")
    };
    let there = sha256(&image.segment(0)[CHUNK..]);
    let first_nonzero = Some(KERNEL + 2 * CHUNK as u64 + CHUNK as u64 / 2);
    assert_eq!(kernel, Corruption { chunks: 2, first: 1, actual: there, first_nonzero });
    assert_eq!((initrd.chunks, other.first_nonzero), (1, Some(0x400_0000)));
}

#[test]
fn names_unmapped_padding_and_checks_all_other_segments() {
    let mut image = FakeImage::sample();
    let payload = 2 * CHUNK + CHUNK / 2;
    image.segment(0).truncate(payload + 1000);
    image.segment(3)[200] = 9;
    let outcome = verified(&image);
    let at = KERNEL + payload as u64 + 1000;
    assert_eq!(outcome.defect, defect(Status::RegionUnmapped, Some(0), at));
    let first_nonzero =
        |address| Corruption { first_nonzero: Some(address), ..Corruption::default() };
    assert_eq!(corrupted(&outcome), [(0, first_nonzero(at)), (3, first_nonzero(0x400_0000 + 200))]);
    // The headline names the first of two defects, and each segment has its own address.
    image.segment(3).truncate(100);
    let outcome = verified(&image);
    assert_eq!(outcome.defect, defect(Status::RegionUnmapped, Some(0), at));
    assert_eq!(corrupted(&outcome), [(0, first_nonzero(at)), (3, first_nonzero(0x400_0000 + 100))]);
}

/// Changes one of the purgatory's own parts: nothing else is digested then.
#[track_caller]
fn own_corruption(change: impl FnOnce(&mut FakeImage)) -> (Status, u64) {
    let mut image = FakeImage::sample();
    change(&mut image);
    let outcome = verified(&image);
    assert_eq!((outcome.bytes, outcome.found), (0, Corruptions::default()));
    let defect = outcome.defect.expect("its own parts are not a mismatch");
    assert_eq!((defect.status, defect.slot), (outcome.status, None));
    (outcome.status, defect.address)
}

#[test]
fn verifies_every_byte_of_the_header_after_its_size() {
    for at in 16..HEADER_BYTES {
        let found = own_corruption(|image| image.header[at] ^= 0x40);
        assert_eq!(found, (Status::HeaderCorrupted, OWN.start), "byte {at}");
    }
}

#[test]
fn an_empty_header_is_corrupted() {
    let status = own_corruption(|image| image.header[16..].fill(0)).0;
    assert_eq!(status, Status::HeaderCorrupted);
}

#[test]
fn names_corrupted_code_and_a_corrupted_list() {
    for at in [0, 500, 999] {
        let found = own_corruption(|image| image.code[at] ^= 1);
        assert_eq!(found, (Status::CodeCorrupted, OWN.start + HEADER_BYTES as u64));
    }
    for at in 0..16 + 5 * 40 + 4 * 32 {
        let found = own_corruption(|image| image.list()[at] ^= 1);
        assert_eq!(found, (Status::ListCorrupted, LIST), "byte {at}");
    }
}

#[test]
fn names_the_first_of_several_corrupted_parts() {
    let status = own_corruption(|image| {
        image.list()[20] ^= 1;
        image.code[20] ^= 1;
    });
    assert_eq!(status.0, Status::CodeCorrupted);
    let status = own_corruption(|image| {
        image.header[30] ^= 1;
        image.list()[20] ^= 1;
    });
    assert_eq!(status.0, Status::HeaderCorrupted);
}

#[test]
fn corrupted_code_reports_no_segments() {
    // One segment is corrupted, one is unmapped, and one has a non-zero byte in its padding.
    let status = own_corruption(|image| {
        image.code[20] ^= 1;
        image.segment(0)[5] ^= 1;
        image.segment(1).clear();
        image.segment(3)[7] = 1;
    });
    assert_eq!(status, (Status::CodeCorrupted, OWN.start + HEADER_BYTES as u64));
}

#[test]
fn reads_segments_only_after_header_and_list_are_verified() {
    let asked = |change: fn(&mut FakeImage)| {
        let mut image = FakeImage::sample();
        change(&mut image);
        let noting = Noting(&image.memory, RefCell::default());
        let scalar =
            Implementation::ranked(Instructions::default()).last().expect("one runs everywhere");
        image.with_plan(|plan| chunks(&plan.attempts[0], scalar, &noting));
        noting.1.into_inner().len()
    };
    assert_eq!(asked(|image| image.header[200] ^= 1), 0);
    assert_eq!(asked(|image| image.list()[20] ^= 1), 0);
    assert_ne!(asked(|_| ()), 0);
}

#[test]
fn an_unmapped_or_malformed_list_ends_the_verification() {
    let mut image = FakeImage::sample();
    image.memory.0.remove(0);
    let outcome = verified(&image);
    assert_eq!(outcome.defect, defect(Status::ListUnmapped, None, LIST));
    assert_eq!((outcome.status, outcome.bytes), (Status::ListUnmapped, 0));

    let mut image = FakeImage::sample();
    image.list()[16 + 40] = 0;
    image.seal();
    let outcome = verified(&image);
    assert_eq!(outcome.defect, defect(Status::ListMalformed, Some(1), 0x300_0000 - 0x100_0000));
    assert_eq!((outcome.status, outcome.bytes), (Status::ListMalformed, 0));
}

#[test]
fn an_unmapped_entry_ends_the_verification() {
    let mut image = FakeImage::sample();
    image.set(RIP, 0xdead_0000);
    image.seal();
    let outcome = verified(&image);
    assert_eq!(outcome.defect, defect(Status::EntryUnmapped, None, 0xdead_0000));
    assert_eq!((outcome.status, outcome.bytes), (Status::EntryUnmapped, 0));
}

#[test]
fn an_unknown_header_ends_the_verification() {
    let mut image = FakeImage::sample();
    image.header[8] = 2;
    image.seal();
    assert_eq!(verified(&image).status, Status::HeaderUnknown);
    image.memory = Pieces::default();
    assert_eq!(verified(&image).status, Status::HeaderUnknown);
}

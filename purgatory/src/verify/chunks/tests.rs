//! What is corrupted is named, all of it, and what is not is verified.

use super::*;
use crate::loader::native::fake_image::{
    CHUNK, FakeImage, FakeSegment, HEADER_BYTES, KERNEL, LIST, OWN, RIP, kernel, sha256,
};
use crate::memory::fake::Pieces;
use core::cell::RefCell;
use purgatory_sha256::Instructions;

/// What comes of it: the same with every implementation that runs everywhere.
#[track_caller]
fn verified(image: &FakeImage) -> Outcome<Corruptions> {
    let mut outcomes = Implementation::ranked(Instructions::default()).map(|implementation| {
        image.with_plan(|plan| chunks(&plan.attempts[0], implementation, &image.memory))
    });
    let first = outcomes.next().expect("one runs everywhere");
    outcomes.for_each(|other| assert_eq!(other, first));
    first
}

/// The slots that are corrupted, with what is.
fn corrupted(outcome: &Outcome<Corruptions>) -> Vec<(usize, Corruption)> {
    let corruptions = outcome.found.of_segment.iter().copied().enumerate();
    corruptions.filter(|(_, corruption)| !corruption.is_none()).collect()
}

fn defect(status: Status, slot: Option<u8>, address: u64) -> Option<Defect> {
    Some(Defect { status, slot, address })
}

/// Bytes that are digested of [`FakeImage::sample`], and zeros that are looked at.
const BYTES: u64 = 3 * CHUNK as u64 + CHUNK as u64 / 2;
const ZEROS: u64 = 5300;

#[test]
fn what_was_loaded_is_verified() {
    let outcome = verified(&FakeImage::sample());
    let found = Corruptions { zeros: ZEROS, ..Corruptions::default() };
    assert_eq!(outcome, Outcome { status: Status::Verified, defect: None, bytes: BYTES, found });
}

#[test]
fn nothing_to_verify_is_verified() {
    let outcome = verified(&FakeImage::with(&[FakeSegment { verified: 0, ..kernel([1]) }]));
    assert_eq!((outcome.status, outcome.bytes), (Status::Verified, 0));
}

#[test]
fn what_is_excluded_may_change_and_need_not_be_there() {
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
fn a_changed_byte_is_found_in_its_chunk_wherever_it_is() {
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
fn two_corrupted_segments_are_both_named_with_the_first_and_the_number_of_their_chunks() {
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
fn every_chunk_of_every_segment_may_be_corrupted() {
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
fn another_digest_in_the_list_is_a_corrupted_chunk() {
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
fn a_byte_that_is_no_zero_is_named_by_its_address() {
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
fn zeros_are_looked_at_run_by_run() {
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

/// Memory that notes what is asked for.
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
fn zeros_are_asked_for_page_by_page_wherever_they_begin() {
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
fn an_unmapped_chunk_is_named_and_hides_nothing() {
    let mut image = FakeImage::sample();
    // The end of the kernel's second chunk and all behind it, zeros included, is not there.
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
fn an_unmapped_tail_is_named_and_hides_nothing() {
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
    // Of two, the headline has the first, and each has its mark.
    image.segment(3).truncate(100);
    let outcome = verified(&image);
    assert_eq!(outcome.defect, defect(Status::RegionUnmapped, Some(0), at));
    assert_eq!(corrupted(&outcome), [(0, first_nonzero(at)), (3, first_nonzero(0x400_0000 + 100))]);
}

/// Changes a bit of one of the purgatory's own parts: nothing else is digested then.
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
fn every_byte_of_the_header_behind_its_size_counts() {
    for at in 16..HEADER_BYTES {
        let found = own_corruption(|image| image.header[at] ^= 0x40);
        assert_eq!(found, (Status::HeaderCorrupted, OWN.start), "byte {at}");
    }
}

#[test]
fn a_header_that_no_loader_has_filled_in_is_corrupted() {
    let status = own_corruption(|image| image.header[16..].fill(0)).0;
    assert_eq!(status, Status::HeaderCorrupted);
}

#[test]
fn a_corrupted_code_and_a_corrupted_list_are_named() {
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
fn of_several_corrupted_parts_the_first_is_named() {
    let status = own_corruption(|image| {
        image.list()[20] ^= 1;
        image.code[20] ^= 1;
    });
    assert_eq!(status.0, Status::ListCorrupted);
    let status = own_corruption(|image| {
        image.header[30] ^= 1;
        image.list()[20] ^= 1;
    });
    assert_eq!(status.0, Status::HeaderCorrupted);
}

#[test]
fn corrupted_code_says_nothing_of_segments() {
    // Neither of one that is corrupted, nor of one that is not mapped, nor of one with something in its zeros.
    let status = own_corruption(|image| {
        image.code[20] ^= 1;
        image.segment(0)[5] ^= 1;
        image.segment(1).clear();
        image.segment(3)[7] = 1;
    });
    assert_eq!(status, (Status::CodeCorrupted, OWN.start + HEADER_BYTES as u64));
}

#[test]
fn no_segment_is_looked_at_before_header_and_list_are_sound() {
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
fn a_list_that_is_not_mapped_or_makes_no_sense_ends_it() {
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
fn an_image_without_an_entry_is_not_started() {
    let mut image = FakeImage::sample();
    image.set(RIP, 0xdead_0000);
    image.seal();
    let outcome = verified(&image);
    assert_eq!(outcome.defect, defect(Status::EntryUnmapped, None, 0xdead_0000));
    assert_eq!((outcome.status, outcome.bytes), (Status::EntryUnmapped, 0));
}

#[test]
fn a_header_that_is_not_known_ends_it() {
    let mut image = FakeImage::sample();
    image.header[8] = 2;
    image.seal();
    assert_eq!(verified(&image).status, Status::HeaderUnknown);
    image.memory = Pieces::default();
    assert_eq!(verified(&image).status, Status::HeaderUnknown);
}

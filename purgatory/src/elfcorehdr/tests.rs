//! What makes sense is passed over, and each thing that does not has its own name, with the place.

use super::*;
use crate::loader::native::fake_image::{FakeImage, FakeSegment, kernel};
use proptest::prelude::*;

const AT: u64 = 0x300_0000;

/// What an elfcorehdr has at least: notes of a processor, and memory.
pub(crate) fn sound() -> Vec<u8> {
    let mut bytes = vec![0; 64 + 2 * 56];
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    bytes[16..24].copy_from_slice(&[4, 0, 62, 0, 1, 0, 0, 0]);
    bytes[32] = 64;
    bytes[52] = 64;
    bytes[54] = 56;
    bytes[56] = 2;
    bytes[64] = 4;
    bytes[64 + 56] = 1;
    bytes
}

/// What is noted of a image's segments.
fn noted(image: &FakeImage) -> Vec<(Warning, u64)> {
    image.with_plan(|plan| {
        let mut warnings = Warnings::default();
        let segments = plan.attempts[0].check.segments.expect("a list that makes sense");
        check(&segments, &image.memory, &mut warnings);
        warnings.iter().map(|noted| (noted.warning, noted.address)).collect()
    })
}

/// An image with these bytes as its elfcorehdr, and as many zeros behind them.
fn with(payload: Vec<u8>, zeros: usize) -> FakeImage {
    FakeImage::with(&[
        kernel([1; 100]),
        FakeSegment { kind: 5, verified: 0, address: AT, payload, zeros },
    ])
}

/// What is noted of [`sound`] with these bytes at `at`.
fn changed(at: usize, bytes: &[u8]) -> Vec<(Warning, u64)> {
    let mut elfcorehdr = sound();
    elfcorehdr[at..at + bytes.len()].copy_from_slice(bytes);
    noted(&with(elfcorehdr, 0))
}

#[test]
fn a_sound_one_is_passed_over_wherever_its_segment_ends() {
    assert_eq!(noted(&with(sound(), 0)), []);
    assert_eq!(noted(&with(sound(), 8000)), []);
    // The old kernel has added program headers where zeros were loaded.
    let payload = sound()[..100].to_vec();
    let mut image = with(payload, 200);
    image.segment(1)[..64 + 2 * 56].copy_from_slice(&sound());
    assert_eq!(noted(&image), []);
}

#[test]
fn where_there_is_none_nothing_is_missed() {
    assert_eq!(noted(&FakeImage::with(&[kernel([1; 100])])), []);
}

#[test]
fn what_does_not_fit_in_its_segment_is_cut() {
    let cut = [(Warning::ElfcorehdrCut, AT)];
    for len in [0, 1, 63, 64, 64 + 2 * 56 - 1] {
        assert_eq!(noted(&with(sound()[..len].to_vec(), 0)), cut, "{len}");
    }
    assert_eq!(changed(56, &[3]), cut);
    assert_eq!(changed(56, &[255, 255]), cut);
}

#[test]
fn memory_that_is_not_mapped_is_named() {
    for (len, address) in [(0, AT), (10, AT + 10), (64, AT + 64), (100, AT + 100)] {
        let mut image = with(sound(), 0);
        image.segment(1).truncate(len);
        assert_eq!(noted(&image), [(Warning::ElfcorehdrUnmapped, address)], "{len}");
    }
}

#[test]
fn another_magic_is_no_elf_file() {
    for at in 0..4 {
        assert_eq!(changed(at, b"?"), [(Warning::ElfcorehdrMagic, AT)]);
    }
}

#[test]
fn another_class_order_or_version_is_named() {
    for at in [4, 5, 6, 20, 23] {
        assert_eq!(changed(at, &[3]), [(Warning::ElfcorehdrClass, AT + 4)], "{at}");
    }
}

#[test]
fn another_type_is_named() {
    assert_eq!(changed(16, &[2]), [(Warning::ElfcorehdrType, AT + 16)]);
    assert_eq!(changed(17, &[1]), [(Warning::ElfcorehdrType, AT + 16)]);
}

#[test]
fn another_machine_is_named() {
    assert_eq!(changed(18, &[3]), [(Warning::ElfcorehdrMachine, AT + 18)]);
}

#[test]
fn other_sizes_and_another_place_of_the_program_headers_are_named() {
    for at in [32, 39, 52, 53, 54, 55] {
        assert_eq!(changed(at, &[1]), [(Warning::ElfcorehdrSizes, AT + 32)], "{at}");
    }
}

#[test]
fn without_program_headers_it_is_empty() {
    assert_eq!(changed(56, &[0]), [(Warning::ElfcorehdrEmpty, AT + 56)]);
}

#[test]
fn notes_come_first() {
    assert_eq!(changed(64, &[1]), [(Warning::ElfcorehdrNoNotes, AT + 64)]);
    assert_eq!(changed(64, &[6]), [(Warning::ElfcorehdrNoNotes, AT + 64)]);
}

#[test]
fn there_is_memory() {
    assert_eq!(changed(64 + 56, &[4]), [(Warning::ElfcorehdrNoMemory, AT + 64)]);
    assert_eq!(changed(56, &[1]), [(Warning::ElfcorehdrNoMemory, AT + 64)]);
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), changes: bool) {
        let mut payload = sound();
        if changes {
            // One byte of a sound one after another.
            for (at, byte) in bytes.iter().enumerate().take(payload.len()) {
                payload[at] = *byte;
                prop_assert!(noted(&with(payload.clone(), 0)).len() <= 1);
                payload[at] = sound()[at];
            }
        } else {
            prop_assert!(noted(&with(bytes, 0)).len() <= 1);
        }
    }
}

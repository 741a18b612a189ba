//! Each problem of an elfcorehdr has its own warning with an address; a valid one has none.

use super::*;
use crate::loader::native::fake_image::{FakeImage, FakeSegment, kernel};
use proptest::prelude::*;

const AT: u64 = 0x300_0000;

/// Returns the smallest valid elfcorehdr: notes of one CPU, and one range of memory.
pub(crate) fn valid() -> Vec<u8> {
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

/// Returns the warnings about an image's segments.
fn warnings_of(image: &FakeImage) -> Vec<(Warning, u64)> {
    image.with_plan(|plan| {
        let mut warnings = Warnings::default();
        let segments = plan.attempts[0].check.segments.expect("a valid list");
        check(&segments, &image.memory, &mut warnings);
        warnings.iter().map(|line| (line.warning, line.address)).collect()
    })
}

/// Returns an image with this elfcorehdr, followed by zero padding of this length.
fn with(payload: Vec<u8>, zeros: usize) -> FakeImage {
    FakeImage::with(&[
        kernel([1; 100]),
        FakeSegment { kind: 5, verified: 0, address: AT, payload, zeros },
    ])
}

/// Returns the warnings about [`valid`] with these bytes at `at`.
fn changed(at: usize, bytes: &[u8]) -> Vec<(Warning, u64)> {
    let mut elfcorehdr = valid();
    elfcorehdr[at..at + bytes.len()].copy_from_slice(bytes);
    warnings_of(&with(elfcorehdr, 0))
}

#[test]
fn accepts_a_valid_elfcorehdr_with_and_without_zero_padding() {
    assert_eq!(warnings_of(&with(valid(), 0)), []);
    assert_eq!(warnings_of(&with(valid(), 8000)), []);
    // The running kernel has added program headers where zeros were loaded.
    let payload = valid()[..100].to_vec();
    let mut image = with(payload, 200);
    image.segment(1)[..64 + 2 * 56].copy_from_slice(&valid());
    assert_eq!(warnings_of(&image), []);
}

#[test]
fn accepts_an_image_without_elfcorehdr() {
    assert_eq!(warnings_of(&FakeImage::with(&[kernel([1; 100])])), []);
}

#[test]
fn reports_headers_that_pass_the_end_of_the_segment() {
    let cut = [(Warning::ElfcorehdrCut, AT)];
    for len in [0, 1, 63, 64, 64 + 2 * 56 - 1] {
        assert_eq!(warnings_of(&with(valid()[..len].to_vec(), 0)), cut, "{len}");
    }
    assert_eq!(changed(56, &[3]), cut);
    assert_eq!(changed(56, &[255, 255]), cut);
}

#[test]
fn reports_the_first_unmapped_address() {
    for (len, address) in [(0, AT), (10, AT + 10), (64, AT + 64), (100, AT + 100)] {
        let mut image = with(valid(), 0);
        image.segment(1).truncate(len);
        assert_eq!(warnings_of(&image), [(Warning::ElfcorehdrUnmapped, address)], "{len}");
    }
}

#[test]
fn reports_a_wrong_magic() {
    for at in 0..4 {
        assert_eq!(changed(at, b"?"), [(Warning::ElfcorehdrMagic, AT)]);
    }
}

#[test]
fn reports_a_wrong_class_byte_order_or_version() {
    for at in [4, 5, 6, 20, 23] {
        assert_eq!(changed(at, &[3]), [(Warning::ElfcorehdrClass, AT + 4)], "{at}");
    }
}

#[test]
fn reports_a_wrong_type() {
    assert_eq!(changed(16, &[2]), [(Warning::ElfcorehdrType, AT + 16)]);
    assert_eq!(changed(17, &[1]), [(Warning::ElfcorehdrType, AT + 16)]);
}

#[test]
fn reports_a_wrong_machine() {
    assert_eq!(changed(18, &[3]), [(Warning::ElfcorehdrMachine, AT + 18)]);
}

#[test]
fn reports_wrong_sizes_and_a_wrong_offset_of_program_headers() {
    for at in [32, 39, 52, 53, 54, 55] {
        assert_eq!(changed(at, &[1]), [(Warning::ElfcorehdrSizes, AT + 32)], "{at}");
    }
}

#[test]
fn reports_missing_program_headers() {
    assert_eq!(changed(56, &[0]), [(Warning::ElfcorehdrEmpty, AT + 56)]);
}

#[test]
fn reports_a_first_program_header_without_notes() {
    assert_eq!(changed(64, &[1]), [(Warning::ElfcorehdrNoNotes, AT + 64)]);
    assert_eq!(changed(64, &[6]), [(Warning::ElfcorehdrNoNotes, AT + 64)]);
}

#[test]
fn reports_program_headers_without_memory() {
    assert_eq!(changed(64 + 56, &[4]), [(Warning::ElfcorehdrNoMemory, AT + 64)]);
    assert_eq!(changed(56, &[1]), [(Warning::ElfcorehdrNoMemory, AT + 64)]);
}

#[test]
fn reports_an_inconsistent_program_header() {
    let second = AT + 64 + 56;
    // The type; the offset; the physical address; the size in the file; the size in memory.
    for at in [0, 8, 15, 24, 31, 32, 39, 40, 47] {
        let changes = changed(64 + 56 + at, &[6]);
        let expected = if at == 0 {
            (Warning::ElfcorehdrNoMemory, AT + 64)
        } else {
            (Warning::ElfcorehdrRange, second)
        };
        assert_eq!(changes, [expected], "{at}");
    }
    let mut elfcorehdr = valid();
    elfcorehdr[56] = 3;
    elfcorehdr.extend([0; 56]);
    let third = second + 56;
    assert_eq!(warnings_of(&with(elfcorehdr.clone(), 0)), [(Warning::ElfcorehdrRange, third)]);
    elfcorehdr[64 + 2 * 56] = 1;
    assert_eq!(warnings_of(&with(elfcorehdr.clone(), 0)), []);
    // An offset and an equal physical address from which the size passes the end of the address space.
    for at in [8, 24] {
        elfcorehdr[64 + 2 * 56 + at..][..8].fill(0xff);
    }
    for at in [32, 40] {
        elfcorehdr[64 + 2 * 56 + at] = 1;
    }
    assert_eq!(warnings_of(&with(elfcorehdr, 0)), [(Warning::ElfcorehdrRange, third)]);
}

proptest! {
    #[test]
    fn any_bytes_give_at_most_one_warning(bytes in prop::collection::vec(any::<u8>(), 0..300), changes: bool) {
        let mut payload = valid();
        if changes {
            // Change one byte of a valid elfcorehdr at a time.
            for (at, byte) in bytes.iter().enumerate().take(payload.len()) {
                payload[at] = *byte;
                prop_assert!(warnings_of(&with(payload.clone(), 0)).len() <= 1);
                payload[at] = valid()[at];
            }
        } else {
            prop_assert!(warnings_of(&with(bytes, 0)).len() <= 1);
        }
    }
}

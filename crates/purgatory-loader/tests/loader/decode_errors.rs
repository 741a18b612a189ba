//! One test for each way in which a loaded image cannot be decoded. Digests are right but where they are what is wrong, so that
//! only what is named is.

use crate::decode::image;
use crate::loaded::reseal;
use crate::native;
use crate::seal::{BASE, LIST, REGS, scalar};
use purgatory_abi::Region;
use purgatory_abi::native::{Console, Policy, SegmentKind};
use purgatory_loader::{Blob, DecodeError, Image, Loaded, Options};

/// Why these bytes are no image; what is said of it is not empty.
fn error(bytes: &[u8]) -> DecodeError {
    let error = Loaded::decode(bytes, BASE, scalar()).unwrap_err();
    assert!(!error.to_string().is_empty());
    error
}

/// Why an image with other bytes at `at`, and all digests right, is none.
fn changed(at: usize, bytes: &[u8]) -> DecodeError {
    let mut image = image();
    image[at..at + bytes.len()].copy_from_slice(bytes);
    reseal(&mut image, BASE).unwrap();
    error(&image)
}

/// The same with another number in a field of a segment's entry.
fn changed_entry(index: usize, field: usize, number: u64) -> DecodeError {
    changed(LIST + 16 + 40 * index + field, &number.to_le_bytes())
}

const ADDRESS: usize = 8;
const PAYLOAD: usize = 16;
const ZEROS: usize = 24;
const FIRST_DIGEST: usize = 32;

#[test]
fn resealing_alone_breaks_nothing() {
    let mut resealed = image();
    reseal(&mut resealed, BASE).unwrap();
    assert!(resealed == image());
}

#[test]
fn truncated() {
    for len in [0, 7, 351] {
        assert_eq!(error(&image()[..len]), DecodeError::Truncated { len });
    }
}

#[test]
fn magic() {
    for at in 0..8 {
        assert_eq!(changed(at, b"?"), DecodeError::Magic);
    }
}

#[test]
fn version() {
    assert_eq!(changed(8, &[2]), DecodeError::Version { found: 2 });
}

#[test]
fn header_bytes() {
    let len = image().len();
    for found in [0, 351, len as u32 + 1, u32::MAX] {
        let mut image = image();
        image[12..16].copy_from_slice(&found.to_le_bytes());
        assert_eq!(error(&image), DecodeError::HeaderBytes { found, len });
    }
}

#[test]
fn header_digest() {
    for at in [16, 47, 48, 64, 351] {
        let mut image = image();
        image[at] ^= 1;
        assert_eq!(error(&image), DecodeError::HeaderDigest, "{at}");
    }
}

#[test]
fn an_image_that_was_never_sealed() {
    let object = native::purgatory().write();
    let image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
    assert_eq!(error(image.bytes()), DecodeError::HeaderDigest);
}

#[test]
fn flags() {
    assert_eq!(changed(56, &[4]), DecodeError::Flags { found: 4 });
    // That the purgatory knows it is not enough: nobody knows here what it asks for.
    assert_eq!(changed(48, &[4, 0, 0, 0, 0, 0, 0, 0, 4]), DecodeError::Flags { found: 4 });
}

#[test]
fn later_fields() {
    let object = native::starting_with(&native::longer_header()).write();
    let mut image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
    image.seal(REGS, &[], &Options::default(), scalar(), |_, _| {}).unwrap();
    for at in [352, 375] {
        let mut bytes = image.bytes().to_vec();
        bytes[at] = 1;
        reseal(&mut bytes, BASE).unwrap();
        assert_eq!(error(&bytes), DecodeError::LaterFields);
    }
}

#[test]
fn policy() {
    let found = Policy { on_failure: 9, ..Policy::default() };
    assert_eq!(changed(280, &[9]), DecodeError::Policy { found });
}

#[test]
fn console() {
    let found = Console { kind: 9, ..Console::default() };
    assert_eq!(changed(288 + 2 * 16, &[9]), DecodeError::Console { index: 2, found });
}

#[test]
fn list() {
    let (start, len) = (BASE + LIST as u64, (image().len() - LIST) as u64);
    let wrong = [
        Region { start: BASE - 8, len },
        Region { start: BASE + 344, len },
        Region { start: start + 4, len: len - 4 },
        Region { start, len: len + 1 },
        Region { start, len: u64::MAX },
        Region { start: u64::MAX - 7, len },
        Region { start: 0, len: 0 },
    ];
    for list in wrong {
        let bytes = [list.start.to_le_bytes(), list.len.to_le_bytes()].concat();
        assert_eq!(changed(200, &bytes), DecodeError::List { list });
    }
    let mut long = image();
    long.resize(LIST + (16 << 20) + 8, 0);
    let len: u64 = (16 << 20) + 1;
    long[208..216].copy_from_slice(&len.to_le_bytes());
    reseal(&mut long, BASE).unwrap();
    assert_eq!(error(&long), DecodeError::List { list: Region { start, len } });
}

#[test]
fn list_digest() {
    for at in [LIST, image().len() - 1] {
        let mut image = image();
        image[at] ^= 1;
        assert_eq!(error(&image), DecodeError::ListDigest);
    }
}

#[test]
fn list_parts() {
    let bytes = image().len() - LIST;
    let with = |segments: u32, digests: u64| {
        let header = [&segments.to_le_bytes()[..], &[0, 0, 1, 0], &digests.to_le_bytes()].concat();
        assert_eq!(changed(LIST, &header), DecodeError::ListParts { segments, digests, bytes });
    };
    // Five and four are right.
    for (segments, digests) in [(4, 4), (6, 4), (16, 4), (5, 3), (5, 5), (5, u64::MAX)] {
        with(segments, digests);
    }
    for len in [0, 15, bytes as u64 - 1] {
        let error = changed(208, &len.to_le_bytes());
        assert!(matches!(error, DecodeError::ListParts { .. }), "{error}");
    }
}

#[test]
fn segments() {
    for found in [17, u32::MAX] {
        assert_eq!(changed(LIST, &found.to_le_bytes()), DecodeError::Segments { found });
    }
}

#[test]
fn chunk_bytes() {
    assert_eq!(changed(LIST + 4, &[0, 1, 0, 0]), DecodeError::ChunkBytes { found: 256 });
}

#[test]
fn kind() {
    for found in [0, 9, 255] {
        assert_eq!(changed(LIST + 16 + 80, &[found]), DecodeError::Kind { index: 2, found });
    }
}

#[test]
fn verified() {
    let with = |index: usize, found: u8| changed(LIST + 16 + 40 * index + 1, &[found]);
    for (index, kind, found) in [
        (0, SegmentKind::Kernel, 2),
        (1, SegmentKind::Elfcorehdr, 1),
        (4, SegmentKind::Purgatory, 1),
    ] {
        assert_eq!(with(index, found), DecodeError::Verified { index, kind, found });
    }
}

#[test]
fn reserved() {
    for at in 2..8 {
        assert_eq!(changed(LIST + 16 + 40 + at, &[1]), DecodeError::Reserved { index: 1 });
    }
}

#[test]
fn first_digest() {
    for (index, found, expected) in [(0, 1, 0), (1, 3, 0), (2, 0, 3), (3, u64::MAX, 3)] {
        let error = changed_entry(index, FIRST_DIGEST, found);
        assert_eq!(error, DecodeError::FirstDigest { index, found, expected });
    }
}

#[test]
fn digests() {
    // Of the last one with any: a chunk more, a chunk less, and more than there is memory.
    for (payload, chunks) in [(65_537, 5), (0, 3), (u64::MAX, 3 + (1 << 48))] {
        let error = changed_entry(3, PAYLOAD, payload);
        assert_eq!(error, DecodeError::Digests { chunks, digests: 4 });
    }
}

#[test]
fn wraps() {
    let address = u64::MAX - 9;
    assert_eq!(changed_entry(2, ADDRESS, address), DecodeError::Wraps { index: 2, address });
    let address = 0x300_0000;
    assert_eq!(changed_entry(2, ZEROS, u64::MAX), DecodeError::Wraps { index: 2, address });
}

#[test]
fn overlap() {
    for (index, other, address) in [(1, 0, 0x100_0000), (3, 0, 0x102_0000), (3, 2, 0x300_0fff)] {
        assert_eq!(changed_entry(index, ADDRESS, address), DecodeError::Overlap { index, other });
    }
    // Zeros count.
    assert_eq!(changed_entry(3, ADDRESS, 0x102_49f0), DecodeError::Overlap { index: 3, other: 0 });
}

#[test]
fn covers_purgatory() {
    let list_end = BASE + image().len() as u64;
    for address in [BASE - 4095, BASE, list_end - 1] {
        let kind = SegmentKind::Other;
        let error = changed_entry(2, ADDRESS, address);
        assert_eq!(error, DecodeError::CoversPurgatory { index: 2, kind });
    }
}

#[test]
fn own_segment() {
    let address = BASE + 8;
    assert_eq!(changed_entry(4, ADDRESS, address), DecodeError::OwnSegment { index: 4, address });
    let bytes = image().len() as u64;
    let error = changed_entry(4, PAYLOAD, bytes - 1);
    assert_eq!(error, DecodeError::OwnSegment { index: 4, address: BASE });
}

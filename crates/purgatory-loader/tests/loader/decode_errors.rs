//! One test for each way in which a loaded image cannot be decoded. Digests are right but where they are what is wrong, so that
//! only what is named is.

use crate::decode::image;
use crate::loaded::reseal;
use crate::native;
use crate::seal::{BASE, LIST, REGS, scalar};
use purgatory_abi::Region;
use purgatory_abi::native::LIST_BYTES;
use purgatory_abi::status::{Defect, Status};
use purgatory_loader::{Blob, DecodeError, Image, Loaded, Options};

/// Why these bytes are no image; what is said of it is not empty.
fn error(bytes: &[u8]) -> DecodeError {
    let error = Loaded::decode(bytes, BASE, scalar()).unwrap_err();
    assert!(!error.to_string().is_empty());
    error
}

/// The defect of the header.
fn of_header(status: Status) -> DecodeError {
    DecodeError::Invalid(Defect { status, slot: None, address: BASE })
}

/// The defect of the list as a whole.
fn of_list_at(address: u64, status: Status) -> DecodeError {
    DecodeError::Invalid(Defect { status, slot: None, address })
}

/// The same of the list where the image has it.
fn of_list(status: Status) -> DecodeError {
    of_list_at(BASE + LIST as u64, status)
}

/// The defect of one segment, at the address of its entry.
fn of_segment(index: u8, address: u64, status: Status) -> DecodeError {
    DecodeError::Invalid(Defect { status, slot: Some(index), address })
}

/// The addresses of the image's segments.
const ADDRESSES: [u64; 5] = [0x100_0000, 0x200_0000, 0x300_0000, 0x400_0000, BASE];

/// The same of an entry that contradicts itself or the others.
fn malformed(index: u8) -> DecodeError {
    of_segment(index, ADDRESSES[usize::from(index)], Status::ListMalformed)
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
        assert_eq!(error(&image()[..len]), DecodeError::Truncated { len, needed: 352 });
    }
    let needed = image().len() as u64;
    for len in [352, LIST - 1, LIST, image().len() - 1] {
        assert_eq!(error(&image()[..len]), DecodeError::Truncated { len, needed });
    }
    let error = DecodeError::Truncated { len: 7, needed: 352 };
    let message = "memory is truncated: header and segment digest list need 352 bytes, got 7";
    assert_eq!(error.to_string(), message);
}

#[test]
fn magic() {
    for at in 0..8 {
        assert_eq!(changed(at, b"?"), of_header(Status::HeaderUnknown));
    }
}

#[test]
fn version() {
    assert_eq!(changed(8, &[2]), of_header(Status::HeaderUnknown));
}

#[test]
fn header_bytes() {
    let len = image().len();
    let with = |found: u32| {
        let mut image = image();
        image[12..16].copy_from_slice(&found.to_le_bytes());
        error(&image)
    };
    for found in [0, 351] {
        assert_eq!(with(found), of_header(Status::HeaderUnknown));
    }
    for found in [len as u32 + 1, u32::MAX] {
        assert_eq!(with(found), DecodeError::Truncated { len, needed: found.into() });
    }
}

#[test]
fn header_digest() {
    for at in [16, 47, 48, 64, 351] {
        let mut image = image();
        image[at] ^= 1;
        assert_eq!(error(&image), of_header(Status::HeaderCorrupted), "{at}");
    }
}

#[test]
fn an_image_that_was_never_sealed() {
    let object = native::purgatory().write();
    let image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
    assert_eq!(error(image.bytes()), of_header(Status::HeaderCorrupted));
}

#[test]
fn flags() {
    assert_eq!(changed(56, &[4]), of_header(Status::HeaderUnknown));
    // That the purgatory knows it is not enough: nobody knows here what it asks for.
    assert_eq!(changed(48, &[4, 0, 0, 0, 0, 0, 0, 0, 4]), of_header(Status::HeaderUnknown));
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
        assert_eq!(error(&bytes), of_header(Status::HeaderUnknown));
    }
}

#[test]
fn policy() {
    assert_eq!(changed(280, &[9]), of_header(Status::HeaderUnknown));
}

#[test]
fn console() {
    assert_eq!(changed(288 + 2 * 16, &[9]), of_header(Status::HeaderUnknown));
}

#[test]
fn list() {
    let (start, len) = (BASE + LIST as u64, (image().len() - LIST) as u64);
    let wrong = [
        Region { start: BASE - 8, len },
        Region { start: BASE + 344, len },
        Region { start: start + 4, len: len - 4 },
        Region { start, len: LIST_BYTES + 1 },
        Region { start, len: u64::MAX },
        Region { start: u64::MAX - 7, len },
        Region { start: 0, len: 0 },
    ];
    for Region { start, len } in wrong {
        let bytes = [start.to_le_bytes(), len.to_le_bytes()].concat();
        assert_eq!(changed(200, &bytes), of_list_at(start, Status::ListMalformed));
    }
    let memory = image().len();
    for (start, len) in [(start, len + 1), (start, LIST_BYTES), (BASE + (1 << 40), len)] {
        let bytes = [start.to_le_bytes(), len.to_le_bytes()].concat();
        let needed = start - BASE + len;
        assert_eq!(changed(200, &bytes), DecodeError::Truncated { len: memory, needed });
    }
    let mut long = image();
    long.resize(LIST + (16 << 20) + 8, 0);
    let len: u64 = (16 << 20) + 1;
    long[208..216].copy_from_slice(&len.to_le_bytes());
    reseal(&mut long, BASE).unwrap();
    assert_eq!(error(&long), of_list(Status::ListMalformed));
}

#[test]
fn list_digest() {
    for at in [LIST, image().len() - 1] {
        let mut image = image();
        image[at] ^= 1;
        assert_eq!(error(&image), of_list(Status::ListCorrupted));
    }
}

#[test]
fn list_parts() {
    let bytes = image().len() - LIST;
    let with = |segments: u32, digests: u64| {
        let header = [&segments.to_le_bytes()[..], &[0, 0, 1, 0], &digests.to_le_bytes()].concat();
        assert_eq!(changed(LIST, &header), of_list(Status::ListMalformed));
    };
    // Five and four are right.
    for (segments, digests) in [(4, 4), (6, 4), (16, 4), (5, 3), (5, 5), (5, u64::MAX)] {
        with(segments, digests);
    }
    for len in [0, 15, bytes as u64 - 1] {
        assert_eq!(changed(208, &len.to_le_bytes()), of_list(Status::ListMalformed), "{len}");
    }
}

#[test]
fn segments() {
    for found in [17, u32::MAX] {
        assert_eq!(changed(LIST, &found.to_le_bytes()), of_list(Status::ListMalformed));
    }
}

#[test]
fn chunk_bytes() {
    assert_eq!(changed(LIST + 4, &[0, 1, 0, 0]), of_list(Status::ListMalformed));
}

#[test]
fn kind() {
    for found in [0, 9, 255] {
        assert_eq!(changed(LIST + 16 + 80, &[found]), malformed(2));
    }
}

#[test]
fn verified() {
    let with = |index: u8, found: u8| changed(LIST + 16 + 40 * usize::from(index) + 1, &[found]);
    // The kernel may be verified, elfcorehdr and the purgatory may not.
    for (index, found) in [(0, 2), (1, 1), (4, 1)] {
        assert_eq!(with(index, found), malformed(index));
    }
}

#[test]
fn reserved() {
    for at in 2..8 {
        assert_eq!(changed(LIST + 16 + 40 + at, &[1]), malformed(1));
    }
}

#[test]
fn first_digest() {
    // Right are 0, 0, 3 and 3.
    for (index, found) in [(0, 1), (1, 3), (2, 0), (3, u64::MAX)] {
        assert_eq!(changed_entry(index, FIRST_DIGEST, found), malformed(index as u8));
    }
}

#[test]
fn digests() {
    // Of the last one with any: a chunk more, a chunk less, and as many as there is room for below the purgatory.
    for payload in [65_537, 0, BASE - ADDRESSES[3]] {
        assert_eq!(changed_entry(3, PAYLOAD, payload), of_list(Status::ListMalformed), "{payload}");
    }
    let wraps = of_segment(3, ADDRESSES[3], Status::RegionWraps);
    assert_eq!(changed_entry(3, PAYLOAD, u64::MAX), wraps);
}

#[test]
fn wraps() {
    let address = u64::MAX - 9;
    assert_eq!(changed_entry(2, ADDRESS, address), of_segment(2, address, Status::RegionWraps));
    let wraps = of_segment(2, ADDRESSES[2], Status::RegionWraps);
    assert_eq!(changed_entry(2, ZEROS, u64::MAX), wraps);
}

#[test]
fn overlap() {
    for (index, address) in [(1, 0x100_0000), (3, 0x102_0000), (3, 0x300_0fff)] {
        let overlap = of_segment(index as u8, address, Status::RegionsOverlap);
        assert_eq!(changed_entry(index, ADDRESS, address), overlap);
    }
    // Zeros count.
    let overlap = of_segment(3, 0x102_49f0, Status::RegionsOverlap);
    assert_eq!(changed_entry(3, ADDRESS, 0x102_49f0), overlap);
}

#[test]
fn covers_purgatory() {
    let list_end = BASE + image().len() as u64;
    for address in [BASE - 4095, BASE, list_end - 1] {
        let covers = of_segment(2, address, Status::RegionCoversPurgatory);
        assert_eq!(changed_entry(2, ADDRESS, address), covers);
    }
}

#[test]
fn own_segment() {
    let address = BASE + 8;
    let malformed_at = of_segment(4, address, Status::ListMalformed);
    assert_eq!(changed_entry(4, ADDRESS, address), malformed_at);
    let bytes = image().len() as u64;
    let error = changed_entry(4, PAYLOAD, bytes - 1);
    assert_eq!(error, malformed(4));
}

//! One test for each error of decoding a loaded image. All digests match, unless the test is about a digest: so each
//! image has exactly one defect.

use crate::decode::image;
use crate::loaded::reseal;
use crate::native;
use crate::seal::{BASE, LIST, REGS, scalar};
use purgatory_abi::Region;
use purgatory_abi::native::LIST_BYTES;
use purgatory_abi::status::{Defect, Status};
use purgatory_loader::{Blob, DecodeError, Image, Loaded, Options};

/// Returns the error of decoding these bytes. Its message is not empty.
fn error(bytes: &[u8]) -> DecodeError {
    let error = Loaded::decode(bytes, BASE, scalar()).unwrap_err();
    assert!(!error.to_string().is_empty());
    error
}

/// Returns the defect of the header.
fn of_header(status: Status) -> DecodeError {
    DecodeError::Invalid(Defect { status, slot: None, address: BASE })
}

/// Returns the defect of the whole list.
fn of_list_at(address: u64, status: Status) -> DecodeError {
    DecodeError::Invalid(Defect { status, slot: None, address })
}

/// Returns the defect of the whole list at its address in the image.
fn of_list(status: Status) -> DecodeError {
    of_list_at(BASE + LIST as u64, status)
}

/// Returns the defect of one segment, at the address of its entry.
fn of_segment(index: u8, address: u64, status: Status) -> DecodeError {
    DecodeError::Invalid(Defect { status, slot: Some(index), address })
}

/// The addresses of the image's segments.
const ADDRESSES: [u64; 5] = [0x100_0000, 0x200_0000, 0x300_0000, 0x400_0000, BASE];

/// Returns the defect of an entry that is inconsistent with itself or with others.
fn malformed(index: u8) -> DecodeError {
    of_segment(index, ADDRESSES[usize::from(index)], Status::ListMalformed)
}

/// Returns the error for an image with other bytes at `at`, and matching digests.
fn changed(at: usize, bytes: &[u8]) -> DecodeError {
    let mut image = image();
    image[at..at + bytes.len()].copy_from_slice(bytes);
    reseal(&mut image, BASE).unwrap();
    error(&image)
}

/// Returns the error for an image with another number in a field of a segment's entry.
fn changed_entry(index: usize, field: usize, number: u64) -> DecodeError {
    changed(LIST + 16 + 40 * index + field, &number.to_le_bytes())
}

const ADDRESS: usize = 8;
const PAYLOAD: usize = 16;
const ZEROS: usize = 24;
const FIRST_DIGEST: usize = 32;

#[test]
fn accepts_a_resealed_image() {
    let mut resealed = image();
    reseal(&mut resealed, BASE).unwrap();
    assert!(resealed == image());
}

#[test]
fn rejects_truncated_memory() {
    for len in [0, 7, 367] {
        assert_eq!(error(&image()[..len]), DecodeError::Truncated { len, needed: 400 });
    }
    let needed = image().len() as u64;
    for len in [400, LIST - 1, LIST, image().len() - 1] {
        assert_eq!(error(&image()[..len]), DecodeError::Truncated { len, needed });
    }
    let error = DecodeError::Truncated { len: 7, needed: 400 };
    let message = "memory is truncated: header and segment digest list need 400 bytes, got 7";
    assert_eq!(error.to_string(), message);
}

#[test]
fn rejects_another_magic() {
    for at in 0..8 {
        assert_eq!(changed(at, b"?"), of_header(Status::HeaderUnknown));
    }
}

#[test]
fn rejects_another_version() {
    assert_eq!(changed(8, &[2]), of_header(Status::HeaderUnknown));
}

#[test]
fn rejects_another_header_size() {
    let len = image().len();
    let with = |found: u32| {
        let mut image = image();
        image[12..16].copy_from_slice(&found.to_le_bytes());
        error(&image)
    };
    for found in [0, 367] {
        assert_eq!(with(found), of_header(Status::HeaderUnknown));
    }
    for found in [len as u32 + 1, u32::MAX] {
        assert_eq!(with(found), DecodeError::Truncated { len, needed: found.into() });
    }
}

#[test]
fn rejects_another_header_digest() {
    for at in [16, 47, 48, 64, 367] {
        let mut image = image();
        image[at] ^= 1;
        assert_eq!(error(&image), of_header(Status::HeaderCorrupted), "{at}");
    }
}

#[test]
fn rejects_an_unsealed_image() {
    let object = native::purgatory().write();
    let image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
    assert_eq!(error(image.bytes()), of_header(Status::HeaderCorrupted));
}

#[test]
fn rejects_unknown_flags() {
    assert_eq!(changed(56, &[4]), of_header(Status::HeaderUnknown));
    // It is rejected even if the purgatory knows the flag, because this loader does not know its meaning.
    assert_eq!(changed(48, &[4, 0, 0, 0, 0, 0, 0, 0, 4]), of_header(Status::HeaderUnknown));
}

#[test]
fn rejects_copies_that_are_not_in_the_pages_after_the_contents() {
    // A region without the flag.
    assert_eq!(changed(352, &[1]), of_header(Status::HeaderUnknown));
    let object = native::with_copies().write();
    let mut image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
    image.seal(REGS, &[], &Options::default(), scalar(), |_, _| {}).unwrap();
    let end = image.bytes().len() as u64;
    for (start, len) in [
        (0, 0),
        (BASE + 0x1000, 0x2000),
        // No pages, and less than one.
        (BASE, 0),
        (BASE + 0x800, 0x800),
        // Passing the list.
        (BASE + end / 2, end / 2),
        (BASE.wrapping_sub(8), 8_u64.wrapping_neg()),
    ] {
        let mut bytes = image.bytes().to_vec();
        bytes[352..360].copy_from_slice(&start.to_le_bytes());
        bytes[360..368].copy_from_slice(&len.to_le_bytes());
        reseal(&mut bytes, BASE).unwrap();
        assert_eq!(error(&bytes), of_header(Status::HeaderUnknown), "{start:#x} {len:#x}");
    }
}

#[test]
fn rejects_nonzero_later_fields() {
    let object = native::starting_with(&native::longer_header()).write();
    let mut image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
    image.seal(REGS, &[], &Options::default(), scalar(), |_, _| {}).unwrap();
    for at in [400, 423] {
        let mut bytes = image.bytes().to_vec();
        bytes[at] = 1;
        reseal(&mut bytes, BASE).unwrap();
        assert_eq!(error(&bytes), of_header(Status::HeaderUnknown));
    }
}

#[test]
fn rejects_an_invalid_policy() {
    assert_eq!(changed(280, &[9]), of_header(Status::HeaderUnknown));
}

#[test]
fn rejects_an_invalid_console() {
    assert_eq!(changed(288 + 2 * 16, &[9]), of_header(Status::HeaderUnknown));
}

#[test]
fn rejects_an_invalid_list_region() {
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
fn rejects_another_list_digest() {
    for at in [LIST, image().len() - 1] {
        let mut image = image();
        image[at] ^= 1;
        assert_eq!(error(&image), of_list(Status::ListCorrupted));
    }
}

#[test]
fn rejects_inconsistent_list_parts() {
    let bytes = image().len() - LIST;
    let with = |segments: u32, digests: u64| {
        let header = [&segments.to_le_bytes()[..], &[0, 0, 1, 0], &digests.to_le_bytes()].concat();
        assert_eq!(changed(LIST, &header), of_list(Status::ListMalformed));
    };
    // Five and four are correct.
    for (segments, digests) in [(4, 4), (6, 4), (16, 4), (5, 3), (5, 5), (5, u64::MAX)] {
        with(segments, digests);
    }
    for len in [0, 15, bytes as u64 - 1] {
        assert_eq!(changed(208, &len.to_le_bytes()), of_list(Status::ListMalformed), "{len}");
    }
}

#[test]
fn rejects_an_invalid_number_of_segments() {
    for found in [17, u32::MAX] {
        assert_eq!(changed(LIST, &found.to_le_bytes()), of_list(Status::ListMalformed));
    }
}

#[test]
fn rejects_another_chunk_size() {
    assert_eq!(changed(LIST + 4, &[0, 1, 0, 0]), of_list(Status::ListMalformed));
}

#[test]
fn rejects_an_unknown_kind() {
    for found in [0, 9, 255] {
        assert_eq!(changed(LIST + 16 + 80, &[found]), malformed(2));
    }
}

#[test]
fn rejects_an_invalid_verified_flag() {
    let with = |index: u8, found: u8| changed(LIST + 16 + 40 * usize::from(index) + 1, &[found]);
    // The kernel may be verified, but elfcorehdr and the purgatory may not.
    for (index, found) in [(0, 2), (1, 1), (4, 1)] {
        assert_eq!(with(index, found), malformed(index));
    }
}

#[test]
fn rejects_nonzero_reserved_fields() {
    for at in 2..8 {
        assert_eq!(changed(LIST + 16 + 40 + at, &[1]), malformed(1));
    }
}

#[test]
fn rejects_another_first_digest() {
    // 0, 0, 3 and 3 are correct.
    for (index, found) in [(0, 1), (1, 3), (2, 0), (3, u64::MAX)] {
        assert_eq!(changed_entry(index, FIRST_DIGEST, found), malformed(index as u8));
    }
}

#[test]
fn rejects_another_number_of_digests() {
    // For the last segment with chunks: one chunk more, one less, and as many as fit below the purgatory.
    for payload in [65_537, 0, BASE - ADDRESSES[3]] {
        assert_eq!(changed_entry(3, PAYLOAD, payload), of_list(Status::ListMalformed), "{payload}");
    }
    let wraps = of_segment(3, ADDRESSES[3], Status::RegionWraps);
    assert_eq!(changed_entry(3, PAYLOAD, u64::MAX), wraps);
}

#[test]
fn rejects_a_segment_past_the_end_of_the_address_space() {
    let address = u64::MAX - 9;
    assert_eq!(changed_entry(2, ADDRESS, address), of_segment(2, address, Status::RegionWraps));
    let wraps = of_segment(2, ADDRESSES[2], Status::RegionWraps);
    assert_eq!(changed_entry(2, ZEROS, u64::MAX), wraps);
}

#[test]
fn rejects_overlapping_segments() {
    for (index, address) in [(1, 0x100_0000), (3, 0x102_0000), (3, 0x300_0fff)] {
        let overlap = of_segment(index as u8, address, Status::RegionsOverlap);
        assert_eq!(changed_entry(index, ADDRESS, address), overlap);
    }
    // Zeros count.
    let overlap = of_segment(3, 0x102_49f0, Status::RegionsOverlap);
    assert_eq!(changed_entry(3, ADDRESS, 0x102_49f0), overlap);
}

#[test]
fn rejects_a_segment_over_the_purgatory() {
    let list_end = BASE + image().len() as u64;
    for address in [BASE - 4095, BASE, list_end - 1] {
        let covers = of_segment(2, address, Status::RegionCoversPurgatory);
        assert_eq!(changed_entry(2, ADDRESS, address), covers);
    }
}

#[test]
fn rejects_an_invalid_own_segment() {
    let address = BASE + 8;
    let malformed_at = of_segment(4, address, Status::ListMalformed);
    assert_eq!(changed_entry(4, ADDRESS, address), malformed_at);
    let bytes = image().len() as u64;
    let error = changed_entry(4, PAYLOAD, bytes - 1);
    assert_eq!(error, malformed(4));
}

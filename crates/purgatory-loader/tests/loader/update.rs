//! Updates of a segment of a loaded image: changes, unchanged parts and errors.

use crate::decode::{image, segments};
use crate::loaded::reseal;
use crate::native;
use crate::seal::{BASE, LIST, REGS, scalar, seal, sha256};
use proptest::prelude::*;
use purgatory_abi::PAGE;
use purgatory_abi::native::SegmentKind;
use purgatory_abi::status::{Defect, Status};
use purgatory_loader::segments::{Builder, Placer};
use purgatory_loader::{Blob, DecodeError, Image, Loaded, Options, UpdateError, update};

/// Updates segment `index`. Returns the updated image.
fn updated(image: &[u8], index: usize, payload: &[u8]) -> Result<Vec<u8>, UpdateError> {
    let mut bytes = image.to_vec();
    match update(&mut bytes, BASE, index, payload, scalar(), |_, _| {}) {
        Ok(()) => Ok(bytes),
        Err(error) => {
            assert!(bytes == image, "changed in spite of an error");
            assert!(!error.to_string().is_empty());
            Err(error)
        }
    }
}

/// Decodes an image, and checks its digests with sha2.
fn decoded(bytes: &[u8]) -> Loaded {
    let loaded = Loaded::decode(bytes, BASE, scalar()).unwrap();
    let list = (loaded.header.list.start - BASE) as usize..;
    assert_eq!(sha256(&bytes[list][..loaded.header.list.len as usize]), bytes[216..248]);
    assert_eq!(sha256(&bytes[48..400]), bytes[16..48]);
    loaded
}

fn digests(payload: &[u8]) -> Vec<[u8; 32]> {
    payload.chunks(65_536).map(sha256).collect()
}

#[test]
fn updates_the_copies_of_the_header() {
    let segments = segments();
    let object = native::with_copies().write();
    let mut image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
    image.seal(REGS, &segments, &Options::default(), scalar(), |_, _| {}).unwrap();
    let before = image.bytes();
    let after = updated(before, 0, b"other").unwrap();
    assert!(after[..400] != before[..400]);
    for copy in [0x1000, 0x2000] {
        assert!(after[copy..copy + 0x1000] == after[..0x1000]);
    }
}

#[test]
fn updates_the_digests_of_a_payload() {
    let image = image();
    let mut payload = segments()[0].payload.to_vec();
    payload[70_000] ^= 1;
    let bytes = updated(&image, 0, &payload).unwrap();
    // The digests of header and list, and of the kernel's second chunk.
    let digest = LIST + 16 + 5 * 40 + 32;
    let places = [16..48, 216..248, digest..digest + 32];
    let changed: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != image[*at]).collect();
    assert!(changed.iter().all(|at| places.iter().any(|place| place.contains(at))), "{changed:?}");
    assert_eq!(decoded(&bytes).segments[0].digests, digests(&payload));
    assert!(updated(&bytes, 0, &segments()[0].payload).unwrap() == image, "there and back");
}

#[test]
fn updated_image_equals_a_sealed_image() {
    let mut segments = segments();
    let payload = vec![7; 140_000];
    segments[0].payload = payload.clone().into();
    segments[0].zeros = 90_000;
    assert!(updated(&image(), 0, &payload).unwrap() == seal(&segments));
}

#[test]
fn accepts_a_shorter_payload() {
    let image = image();
    let before = decoded(&image);
    let bytes = updated(&image, 0, b"short").unwrap();
    assert_eq!(bytes.len(), image.len());
    let loaded = decoded(&bytes);
    let kernel = &loaded.segments[0];
    assert_eq!((kernel.payload, kernel.zeros), (5, 150_000 + 80_000 - 5));
    assert_eq!(kernel.digests, [sha256(b"short")]);
    assert_eq!(loaded.segments[1..], before.segments[1..]);
    assert_eq!(loaded.header.list.len, before.header.list.len - 2 * 32);
    // The size of the list's memory stays, so the old payload fits again.
    assert!(updated(&bytes, 0, &segments()[0].payload).unwrap() == image);
}

#[test]
fn accepts_a_longer_payload() {
    // Three chunks have room for 196,608 bytes, and the segment for 230,000.
    let payload = vec![3; 196_608];
    let loaded = decoded(&updated(&image(), 0, &payload).unwrap());
    assert_eq!((loaded.segments[0].payload, loaded.segments[0].zeros), (196_608, 33_392));
    assert_eq!(loaded.segments[0].digests, digests(&payload));
}

#[test]
fn list_grows_into_the_rest_of_its_page() {
    let kernel = &segments()[0];
    let placer = Placer::over([BASE..BASE + PAGE, 0x100_0000..0x200_0000]).unwrap();
    let mut builder = Builder::new(placer, REGS);
    builder.add(kernel.clone()).unwrap();
    let object = native::purgatory().write();
    let blob = Blob::parse(&object).unwrap();
    let ready = builder.finish(&blob, &Options::default(), scalar(), |_, _| {}).unwrap();
    let own = ready.segments.last().unwrap();
    assert_eq!((own.address, own.memory_bytes()), (BASE, PAGE));
    let mut memory = own.payload.to_vec();
    let payload = vec![3; 196_609];
    let room = memory.len() as u64 - LIST as u64;
    let error = updated(&memory, 0, &payload).unwrap_err();
    assert_eq!(error, UpdateError::NoRoom { index: 0, bytes: 196_609, needed: room + 32, room });
    // As the kernel loads it.
    memory.resize(own.memory_bytes() as usize, 0);
    assert_eq!(decoded(&updated(&memory, 0, &payload).unwrap()).segments[0].digests.len(), 4);
}

#[test]
fn rejects_a_corrupted_image() {
    let mut image = image();
    image[LIST] ^= 1;
    let address = BASE + LIST as u64;
    let defect = Defect { status: Status::ListCorrupted, slot: None, address };
    let error = UpdateError::Decode(DecodeError::Invalid(defect));
    assert_eq!(updated(&image, 0, b""), Err(error));
}

#[test]
fn rejects_a_missing_segment() {
    for index in [5, usize::MAX] {
        let error = UpdateError::NoSegment { index, count: 5 };
        assert_eq!(updated(&image(), index, b""), Err(error));
    }
}

#[test]
fn rejects_a_segment_without_digests() {
    for (index, kind) in [(1, SegmentKind::Elfcorehdr), (4, SegmentKind::Purgatory)] {
        let error = UpdateError::NotVerified { index, kind };
        assert_eq!(updated(&image(), index, b""), Err(error));
    }
}

#[test]
fn rejects_a_payload_larger_than_its_memory() {
    let error = UpdateError::TooLong { index: 3, bytes: 65_537, memory: 65_536 };
    assert_eq!(updated(&image(), 3, &[9; 65_537]), Err(error));
    assert!(updated(&image(), 3, &[8; 65_536]).is_ok());
}

#[test]
fn rejects_a_list_that_does_not_fit() {
    let image = image();
    let room = (image.len() - LIST) as u64;
    let error = UpdateError::NoRoom { index: 0, bytes: 196_609, needed: room + 32, room };
    assert_eq!(updated(&image, 0, &[0; 196_609]), Err(error.clone()));
    // Memory after its segment does not belong to the list.
    let longer = [image.as_slice(), &[0; 100]].concat();
    assert_eq!(updated(&longer, 0, &[0; 196_609]), Err(error));
}

#[test]
fn list_without_own_segment_does_not_grow() {
    let mut image = image();
    // The purgatory's entry becomes one of zeros elsewhere.
    let entry = LIST + 16 + 4 * 40;
    image[entry] = SegmentKind::Other.code();
    image[entry + 8..entry + 16].copy_from_slice(&0x900_0000u64.to_le_bytes());
    image[entry + 16..entry + 24].fill(0);
    reseal(&mut image, BASE).unwrap();
    // An entry that is not verified has no first digest.
    let shorter = updated(&image, 0, b"short").unwrap();
    let error = updated(&shorter, 0, &segments()[0].payload).unwrap_err();
    assert!(matches!(error, UpdateError::NoRoom { index: 0, .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn accepts_any_sequence_of_payloads(lens in prop::collection::vec(0usize..230_001, 1..5), byte in 0u8..200) {
        let mut image = image();
        for (len, byte) in lens.into_iter().zip(byte..) {
            let payload = vec![byte; len];
            match updated(&image, 0, &payload) {
                Ok(bytes) => image = bytes,
                Err(error) => {
                    let no_room = matches!(error, UpdateError::NoRoom { .. });
                    prop_assert!(no_room && len > 196_608, "{error}");
                    continue;
                }
            }
            let loaded = decoded(&image);
            prop_assert_eq!(&loaded.segments[0].digests, &digests(&payload));
            prop_assert_eq!(&loaded.segments[3].digests, &digests(&[9; 65_536]));
        }
    }
}

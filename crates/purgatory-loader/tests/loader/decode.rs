//! Decodes loaded images.

use crate::loaded::everything;
use crate::native;
use crate::seal::{BASE, REGS, scalar, seal, segment, sha256};
use proptest::prelude::*;
use proptest::sample::Index;
use purgatory_abi::native::{Console, Policy, SegmentKind};
use purgatory_loader::{Blob, Image, Loaded, LoadedSegment, Options, Segment};

/// Kernel, elfcorehdr, zeros only, and boot_params of exactly one chunk.
pub(crate) fn segments() -> [Segment<'static>; 4] {
    let kernel: Vec<u8> = (0..150_000u32).map(|i| (i / 7) as u8).collect();
    let of = |kind, address, payload: Vec<u8>, zeros| {
        let payload = payload.into();
        Segment { kind, address, payload, zeros }
    };
    [
        of(SegmentKind::Kernel, 0x100_0000, kernel, 80_000),
        of(SegmentKind::Elfcorehdr, 0x200_0000, b"rewritten".to_vec(), 0),
        of(SegmentKind::Other, 0x300_0000, vec![], 4096),
        of(SegmentKind::BootParams, 0x400_0000, vec![9; 65_536], 0),
    ]
}

/// Returns an image as it is loaded.
pub(crate) fn image() -> Vec<u8> {
    seal(&segments())
}

#[test]
fn decodes_a_sealed_image() {
    let segments = segments();
    let bytes = seal(&segments);
    let loaded = Loaded::decode(&bytes, BASE, scalar()).unwrap();
    assert_eq!(loaded.header.entry, REGS);
    assert_eq!(loaded.header.list.start + loaded.header.list.len, BASE + bytes.len() as u64);
    assert_eq!(loaded.options(), Options::default());
    let mut expected: Vec<LoadedSegment> = Vec::new();
    for segment in &segments {
        let verified = segment.kind != SegmentKind::Elfcorehdr;
        let chunks = segment.payload.chunks(65_536).filter(|_| verified);
        expected.push(LoadedSegment {
            kind: segment.kind,
            verified,
            address: segment.address,
            payload: segment.payload.len() as u64,
            zeros: segment.zeros,
            digests: chunks.map(sha256).collect(),
        });
    }
    expected.push(LoadedSegment {
        kind: SegmentKind::Purgatory,
        verified: false,
        address: BASE,
        payload: bytes.len() as u64,
        zeros: 0,
        digests: vec![],
    });
    assert_eq!(loaded.segments, expected);
}

#[test]
fn decodes_options() {
    let policy = Policy { on_failure: 2, verbose: 1, seconds: 300, ..Policy::default() };
    let mut options = Options { policy, ..Options::default() };
    options.consoles[3] = Console::uart(0x2f8, 9600);
    let object = native::purgatory().write();
    let mut image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
    image.seal(REGS, &[], &options, scalar(), |_, _| {}).unwrap();
    assert_eq!(Loaded::decode(image.bytes(), BASE, scalar()).unwrap().options(), options);
}

#[test]
fn decodes_the_known_part_of_a_longer_header() {
    let object = native::starting_with(&native::longer_header()).write();
    let mut image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
    image
        .seal(REGS, &[segment(0x100_0000, b"k")], &Options::default(), scalar(), |_, _| {})
        .unwrap();
    let loaded = Loaded::decode(image.bytes(), BASE, scalar()).unwrap();
    assert_eq!((loaded.header.header_bytes, loaded.header.known), (424, 4));
    assert_eq!(loaded.segments[0].digests, [sha256(b"k")]);
}

#[test]
fn finds_the_header_in_a_larger_memory() {
    let image = image();
    let decoy = b"PURGATRY is not a header";
    let dump = [&[0; 5000][..], decoy, &[0; 100], &image, b"more", decoy].concat();
    let places: Vec<usize> = Loaded::find(&dump).collect();
    let start = 5000 + decoy.len() + 100;
    assert_eq!(places, [5000, start, start + image.len() + 4]);
    let good: Vec<usize> = places
        .into_iter()
        .filter(|at| Loaded::decode(&dump[*at..], BASE, scalar()).is_ok())
        .collect();
    assert_eq!(good, [start]);
    assert_eq!(Loaded::find(b"PURGATR").next(), None);
}

#[test]
fn valid_images_allow_all_operations() {
    everything(&image());
    everything(&seal(&[]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn changed_images_do_not_panic(
        places in prop::collection::vec((any::<Index>(), any::<u64>()), 0..4), cut in any::<Index>(),
        is_cut: bool, number in prop_oneof![any::<u64>(), 0u64..5, (0u64..5).prop_map(|n| u64::MAX - n)],
    ) {
        // A smaller kernel makes this fast.
        let segments = segments().map(|segment| Segment { payload: segment.payload[..9.min(segment.payload.len())].to_vec().into(), ..segment });
        let mut image = Image::place(&Blob::parse(&native::purgatory().write()).unwrap(), 0x10_0000).unwrap();
        image.seal(REGS, &segments, &Options::default(), scalar(), |_, _| {}).unwrap();
        let mut bytes = image.bytes().to_vec();
        for (place, bits) in places {
            // All of them are numbers at multiples of eight.
            let at = place.index(bytes.len() / 8) * 8;
            let value = if bits & 1 == 0 { number } else { bits };
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        let len = if is_cut { cut.index(bytes.len()) } else { bytes.len() };
        everything(&bytes[..len]);
    }

    #[test]
    fn any_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        everything(&bytes);
        everything(&[&image()[..16], &bytes].concat());
    }
}

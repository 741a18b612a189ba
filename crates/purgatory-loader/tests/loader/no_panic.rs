//! Arbitrary bytes never make the library panic.

use crate::everything::everything;
use crate::native;
use crate::purgatory::Purgatory;
use crate::seal::{REGS, scalar, segment};
use proptest::prelude::*;
use proptest::sample::Index;
use purgatory_loader::{Blob, Image, Layout, Options, sealed_memsz};

/// A change of some bytes: their place, number and new values.
fn mutation() -> impl Strategy<Value = (Index, Vec<u8>)> {
    let interesting = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..9),
        prop::collection::vec(prop_oneof![Just(0), Just(0xff), Just(0x80), Just(1)], 1..9),
    ];
    (any::<Index>(), interesting)
}

/// A valid object with a few changes, most of them in the tables.
fn mutated(object: fn() -> Purgatory) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(mutation(), 0..4).prop_map(move |mutations| {
        let mut bytes = object().write();
        for (place, value) in mutations {
            let start = place.index(bytes.len());
            let end = bytes.len().min(start + value.len());
            bytes[start..end].copy_from_slice(&value[..end - start]);
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn mutated_objects_do_not_panic(bytes in mutated(Purgatory::new)) {
        everything(&bytes);
    }

    #[test]
    fn truncated_objects_do_not_panic(bytes in mutated(Purgatory::new), len in any::<Index>()) {
        everything(&bytes[..len.index(bytes.len())]);
    }

    #[test]
    fn mutated_native_objects_do_not_panic(bytes in mutated(native::purgatory)) {
        everything(&bytes);
        let Ok(blob) = Blob::parse(&bytes) else { return Ok(()) };
        let Ok(mut image) = Image::place(&blob, 0x10_0000) else { return Ok(()) };
        let segments = [segment(0x100_0000, b"kernel")];
        match image.seal(REGS, &segments, &Options::default(), scalar(), |_, _| {}) {
            Ok(()) => {
                let memsz = sealed_memsz(&Layout::of(&blob).unwrap(), &segments);
                prop_assert_eq!(image.bytes().len() as u64, memsz);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn any_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        everything(&bytes);
    }
}

//! Runs every operation on an object of arbitrary bytes. The fuzz target uses it too.

use purgatory_abi::Loader;
use purgatory_loader::{Binding, Blob, Image, contract, find};

/// Base addresses: page zero, below 640 KiB, above 4 GiB, and the end of the address space.
const BASES: [u64; 4] = [0, 0x9_d000, 0x1_bfff_e000, 0xffff_ffff_ffff_f000];

/// Parses, checks and places the object, and reads and sets every symbol. Panics only if the library is inconsistent.
pub(crate) fn everything(bytes: &[u8]) {
    let search = find::purgatories(bytes);
    for found in search.found {
        let own = found.blob.bytes();
        assert_eq!(own, &bytes[found.offset..][..own.len()]);
    }
    for object in search.corrupted {
        assert_eq!(Blob::parse(&bytes[object.offset..]).unwrap_err(), object.error);
    }
    let blob = match Blob::parse(bytes) {
        Ok(blob) => blob,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    assert!(Blob::parse(blob.bytes()).is_ok(), "its own bytes are enough");
    for loader in Loader::ALL {
        assert!(!contract::check(loader, &blob).is_empty());
    }
    for base in BASES {
        match Image::place(&blob, base) {
            Ok(image) => every_symbol(&blob, image),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

fn every_symbol(blob: &Blob<'_>, mut image: Image) {
    let memory = image.base()..=image.base() + image.bytes().len() as u64;
    assert!(memory.contains(&image.entry()));
    // Each lookup scans the table, so a large table is only sampled.
    for symbol in blob.symbols().iter().filter(|s| s.binding == Binding::Global).take(100) {
        let Ok(placed) = image.symbol(symbol.name) else { continue };
        assert!(memory.contains(&placed.address));
        // Larger symbols are in sections without bytes, and cannot be set.
        if placed.size > image.bytes().len() as u64 {
            continue;
        }
        let mut value = vec![0; placed.size as usize];
        if image.get_symbol(symbol.name, &mut value).is_ok() {
            let before = image.bytes().to_vec();
            image.set_symbol(symbol.name, &value).unwrap();
            assert_eq!(image.bytes(), before);
        }
    }
}

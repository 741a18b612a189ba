//! Runs every operation on a loaded image of arbitrary bytes. The fuzz target uses it too.

use purgatory_loader::{Loaded, update};
use purgatory_sha256::{Implementation, Instructions, Stream, StreamImplementation};

/// The base addresses: low, and at the end of the address space.
const BASES: [u64; 2] = [0x10_0000, 0xffff_ffff_ffff_0000];

/// Finds and decodes images, and updates each segment: with the original bytes, and with matching digests. Panics only
/// if the library is inconsistent.
pub(crate) fn everything(bytes: &[u8]) {
    let mut resealed = bytes.to_vec();
    reseal(&mut resealed, BASES[0]);
    for bytes in [bytes, &resealed] {
        for offset in Loaded::find(bytes) {
            assert!(bytes[offset..].starts_with(b"PURGATRY"));
        }
        for base in BASES {
            decode(bytes, base);
        }
    }
}

fn decode(bytes: &[u8], base: u64) {
    let loaded = match Loaded::decode(bytes, base, implementation()) {
        Ok(loaded) => loaded,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    assert_eq!(Loaded::find(bytes).next(), Some(0));
    for (index, segment) in loaded.segments.iter().enumerate() {
        let memory = segment.payload + segment.zeros;
        for len in [0, 1, segment.payload.min(0x3_0000), memory.min(0x4_0001)] {
            let payload = vec![index as u8; len as usize];
            let mut updated = bytes.to_vec();
            if let Err(error) =
                update(&mut updated, base, index, &payload, implementation(), |_, _| {})
            {
                assert!(!error.to_string().is_empty());
                assert!(updated == bytes, "changed in spite of an error");
                continue;
            }
            let found =
                Loaded::decode(&updated, base, implementation()).expect("an updated image decodes");
            for (other, (found, before)) in found.segments.iter().zip(&loaded.segments).enumerate()
            {
                assert!(other == index || found == before);
            }
            let found = &found.segments[index];
            assert_eq!((found.payload, found.payload + found.zeros), (len, memory));
        }
    }
    assert!(
        update(&mut bytes.to_vec(), base, loaded.segments.len(), b"", implementation(), |_, _| {})
            .is_err()
    );
}

/// Writes the digests of list and header as a loader at `base` would, if these exist.
pub(crate) fn reseal(bytes: &mut [u8], base: u64) -> Option<()> {
    let u64_at = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let header_bytes = (u64_at(8)? >> 32) as usize;
    let (list, len) = (u64_at(200)?.wrapping_sub(base), u64_at(208)?);
    let end = list.checked_add(len).and_then(|end| usize::try_from(end).ok());
    if let Some(list) = end.and_then(|end| bytes.get(list as usize..end)) {
        let digest = sha256(list);
        bytes.get_mut(216..248)?.copy_from_slice(&digest);
    }
    let digest = sha256(bytes.get(48..header_bytes)?);
    bytes[16..48].copy_from_slice(&digest);
    Some(())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut stream = Stream::new(StreamImplementation::scalar());
    stream.update(bytes);
    stream.finish()
}

fn implementation() -> Implementation {
    Implementation::ranked(Instructions::default()).last().expect("one runs everywhere")
}

//! Fuzzes loaded images: finds, decodes and updates them, with original and with matching digests. The loader's decoder
//! and the purgatory's check of header and list must agree.

#![no_main]

#[path = "../../crates/purgatory-loader/tests/loader/loaded.rs"]
mod loaded;
#[path = "../../crates/purgatory-loader/tests/loader/native.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod native;
#[path = "../../crates/purgatory-loader/tests/loader/purgatory.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod purgatory;

use ::purgatory::loader::native::{RawTables, plan};
use ::purgatory::verify::chunks;
use purgatory_abi::native::{COPIES, Header, SegmentKind};
use purgatory_abi::status::Status;
use purgatory_abi::{EntryRegs, Region};
use purgatory_fuzz::machine::Pieces;
use purgatory_fuzz::write_seeds;
use purgatory_loader::{Blob, DecodeError, Image, Loaded, LoadedSegment, Options, Segment};
use purgatory_sha256::{Implementation, Instructions, Stream, StreamImplementation};
use zerocopy::{FromBytes, IntoBytes};

/// The address of the image.
const BASE: u64 = 0x10_0000;

libfuzzer_sys::fuzz_target!(init: start(), |bytes: &[u8]| {
    loaded::everything(bytes);
    agree(bytes);
    let mut resealed = bytes.to_vec();
    loaded::reseal(&mut resealed, BASE);
    agree(&resealed);
});

/// Writes the seeds, with and without copies. Both sides must accept them.
fn start() {
    let images = [native::purgatory(), native::with_copies()].map(|object| image(&object.write()));
    for image in &images {
        Loaded::decode(image, BASE, implementation()).expect("the loader decodes its own image");
        agree(image);
    }
    write_seeds(&images);
}

/// Returns the part of the header that its digest covers.
fn digested(header: &Header) -> &[u8] {
    &header.as_bytes()[Header::DIGESTED_FROM..]
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut stream = Stream::new(StreamImplementation::scalar());
    stream.update(bytes);
    stream.finish()
}

/// Compares the loader's decoder with the purgatory's check.
fn agree(bytes: &[u8]) {
    let Ok((mut header, _)) = Header::read_from_prefix(bytes) else { return };
    // Only the purgatory knows where its contents end: in this target, where the header says that the first copy starts.
    let has_copies = header.flags & COPIES != 0;
    let end =
        if has_copies { header.copies.len.min(bytes.len() as u64) as usize } else { bytes.len() };
    let code = &bytes[size_of::<Header>()..end.max(size_of::<Header>())];
    if sha256(digested(&header)) == header.header_digest {
        // So only the purgatory verifies the code.
        header.code_digest = sha256(code);
        header.header_digest = sha256(digested(&header));
    }
    let memory = Pieces(vec![(BASE, bytes.to_vec())]);
    // The purgatory ends where its list starts.
    let own = Region { start: BASE, len: header.list.start.saturating_sub(BASE) };
    let plan = plan(&RawTables { header: &header, code, repaired: 0, sha_ni: None }, own, &memory);
    let [attempt] = &plan.attempts;
    let status = chunks(attempt, implementation(), &memory).status;
    let tables = match &attempt.check.segments {
        Ok(segments) => Ok(segments.numbered().map(|(_, entry)| *entry).collect::<Vec<_>>()),
        Err(defect) => Err(*defect),
    };
    let rejected = [Status::HeaderUnknown, Status::HeaderCorrupted, Status::ListCorrupted];
    let purgatory_accepts = tables.is_ok() && !rejected.contains(&status);
    match Loaded::decode(bytes, BASE, implementation()) {
        Ok(loaded) => {
            // The purgatory does not know longer headers: a loader of the same version makes none.
            if header.header_bytes as usize == size_of::<Header>() {
                let entries = tables.expect("the loader decodes it");
                assert!(purgatory_accepts, "the loader decodes it: {status:?}");
                assert_eq!(entries.len(), loaded.segments.len());
                for (entry, segment) in entries.iter().zip(&loaded.segments) {
                    let LoadedSegment { address, payload, zeros, .. } = *segment;
                    assert_eq!(
                        [entry.address, entry.payload, entry.zeros],
                        [address, payload, zeros]
                    );
                    assert_eq!(
                        (entry.kind, entry.verified != 0),
                        (segment.kind.code(), segment.verified)
                    );
                }
            }
        }
        // Only the loader needs the list inside the given memory and after the header.
        Err(DecodeError::Truncated { .. }) => {}
        Err(DecodeError::Invalid(defect)) => {
            let only_loader = defect.status == Status::ListMalformed
                && match (defect.slot, &tables) {
                    (Some(slot), Ok(entries)) => {
                        // Only the loader compares the own segment with the place of the list.
                        entries[usize::from(slot)].kind == SegmentKind::Purgatory.code()
                    }
                    (None, _) => header.list.start < BASE + u64::from(header.header_bytes),
                    _ => false,
                };
            // Only the loader compares the copies with the place of the list.
            let only_loader = only_loader
                || defect.status == Status::HeaderUnknown
                    && has_copies
                    && header.list.start
                        < header.copies.start.saturating_add(header.copies.len.saturating_mul(2));
            assert!(!purgatory_accepts || only_loader, "only the purgatory accepts it: {defect:?}");
        }
    }
}

fn implementation() -> Implementation {
    Implementation::ranked(Instructions::default()).last().expect("one runs everywhere")
}

/// Returns an image with every sort of segment.
fn image(object: &[u8]) -> Vec<u8> {
    let blob = Blob::parse(object).expect("a valid object");
    let mut image = Image::place(&blob, BASE).expect("a free address");
    let of = |kind, address, payload: &'static [u8], zeros| {
        let payload = payload.into();
        Segment { kind, address, payload, zeros }
    };
    let segments = [
        of(SegmentKind::Kernel, 0x100_0000, &[7; 70_000], 100_000),
        of(SegmentKind::Elfcorehdr, 0x200_0000, b"elfcorehdr", 0),
        of(SegmentKind::Other, 0x300_0000, b"", 4096),
    ];
    let (entry, options) = (EntryRegs::default(), Options::default());
    image.seal(entry, &segments, &options, implementation(), |_, _| {}).expect("valid segments");
    image.bytes().to_vec()
}

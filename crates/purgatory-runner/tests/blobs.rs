//! Runs our shipped purgatories completely, with faults that need no ring 0, and without.

use purgatory_abi::report::{Headline, Line, Part, Place, Report};
use purgatory_abi::status::Status;
use purgatory_abi::{DIGEST_BYTES, Loader, Region};
use purgatory_runner::drop_in::DropIn;
use purgatory_runner::error::BlobError;
use purgatory_runner::machine::{End, Finished};
use purgatory_runner::verdict::Verdict;
use std::ffi::CString;
use std::fs;
use std::path::Path;

/// SHA-256 of eight zero bytes, as `sha256sum` prints it.
const OF_EIGHT_ZEROS: [u8; DIGEST_BYTES] = [
    0xaf, 0x55, 0x70, 0xf5, 0xa1, 0x81, 0x0b, 0x7a, 0xf7, 0x8c, 0xaf, 0x4b, 0xc7, 0x0a, 0x66, 0x0f,
    0x0d, 0xf5, 0x1e, 0x42, 0xba, 0xf9, 0x1d, 0x4d, 0xe5, 0xb2, 0x32, 0x8d, 0xe0, 0xe8, 0x3d, 0xfc,
];

/// A page that this process cannot map: `vm.mmap_min_addr` is above it.
const UNMAPPED: Region = Region { start: 0x1000, len: 8 };

fn object(loader: Loader) -> Vec<u8> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/purgatory");
    fs::read(directory.join(loader.file())).unwrap()
}

fn both_of_ours() -> [DropIn; 2] {
    [Loader::Linux, Loader::KexecTools].map(|loader| DropIn::ours(&object(loader)).unwrap())
}

fn region(bytes: &[u8]) -> Region {
    Region { start: bytes.as_ptr().expose_provenance() as u64, len: bytes.len() as u64 }
}

fn status(printed: &str) -> Option<Status> {
    Report::parse(printed).verdict().map(|verdict| verdict.status)
}

/// Runs a purgatory that finds a fault, and returns its end and its output.
fn rejected(purgatory: &mut DropIn, regions: &[Region]) -> (End, String) {
    purgatory.load(regions, &OF_EIGHT_ZEROS, &[&[0; 8]]).unwrap();
    match purgatory.run() {
        Ok((Verdict::Corrupted, Finished { end, printed, .. })) => (end, printed),
        Err(BlobError::NoVerdict { end, printed }) => (end, printed),
        other => panic!("{other:?}"),
    }
}

#[test]
fn reports_an_unmapped_region() {
    for mut purgatory in both_of_ours() {
        let (end, printed) = rejected(&mut purgatory, &[UNMAPPED]);
        assert_eq!((end, status(&printed)), (End::Reset, Some(Status::RegionUnmapped)));
        let place = Place { address: UNMAPPED.start, part: Some(Part::Region(2)) };
        let headline = Headline { status: Status::RegionUnmapped, place: Some(place) };
        assert!(Report::parse(&printed).lines.contains(&Line::Headline(headline)), "{printed}");
    }
}

#[test]
fn accepts_a_mapped_region() {
    for mut purgatory in both_of_ours() {
        purgatory.load(&[region(&[0; 8])], &OF_EIGHT_ZEROS, &[&[0; 8]]).unwrap();
        let (verdict, finished) = purgatory.run().unwrap();
        assert_eq!((verdict, finished.printed.as_str()), (Verdict::Intact, ""));
    }
}

#[test]
fn prints_only_to_the_consoles_of_the_command_line() {
    for mut purgatory in both_of_ours() {
        for (line, on_ttys0, on_ttys1) in [
            ("console=ttyS0", true, false),
            ("console=ttyS1,115200", false, true),
            ("console=ttyS0 console=ttyS1", true, true),
        ] {
            purgatory.set_command_line(CString::new(line).unwrap());
            purgatory.load(&[region(&[1; 8])], &OF_EIGHT_ZEROS, &[&[0; 8]]).unwrap();
            let finished = purgatory.finish().unwrap();
            let found = [&finished.printed, &finished.printed_on_ttys1]
                .map(|printed| status(printed) == Some(Status::Mismatch));
            assert_eq!(found, [on_ttys0, on_ttys1], "{line}: {finished:?}");
        }
    }
}

#[test]
fn other_reports_than_a_mismatch_are_no_verdict() {
    for mut purgatory in both_of_ours() {
        let twice = [region(&[0; 8]); 2];
        let (end, printed) = rejected(&mut purgatory, &twice);
        assert_eq!(
            (end, status(&printed)),
            (End::Reset, Some(Status::RegionsOverlap)),
            "{printed}"
        );
    }
}

#[test]
fn rejects_invalid_objects_and_objects_without_a_check() {
    let error = DropIn::ours(b"no object").unwrap_err();
    assert!(matches!(error, BlobError::Elf(_)), "{error}");
    let object = object(Loader::Linux);
    let error = DropIn::stock(&object).unwrap_err();
    assert!(error.to_string().contains("no global symbol `purgatory`"), "{error}");
}

#[test]
fn rejects_more_regions_than_the_table_has() {
    for mut purgatory in both_of_ours() {
        let error = purgatory.load(&[Region::default(); 15], &[0; DIGEST_BYTES], &[]).unwrap_err();
        assert!(matches!(error, BlobError::TooManyRegions { count: 17 }), "{error}");
    }
}

//! The report of an image with a digest for each chunk, line by line.

use super::*;
use crate::loader::native::fake_image::{
    CHUNK, FakeImage, FakeSegment, KERNEL, RIP, kernel, sha256,
};
use crate::report::tests::parsed;
use crate::verify::chunks as verify;
use purgatory_abi::Region;
use purgatory_abi::report::{Fill, Headline, Line, Place, SpeedLine};
use purgatory_abi::status::Status;
use purgatory_sha256::{Implementation, Instructions};

/// Returns the lines of the report; the verification took `ticks`.
fn report(image: &FakeImage, ticks: u64) -> Vec<Line<'static>> {
    let implementation =
        Implementation::ranked(Instructions::default()).last().expect("one runs everywhere");
    image.with_plan(|plan| {
        let mut out = Vec::new();
        chunks(
            &mut out,
            &plan.attempts[0],
            &verify(&plan.attempts[0], implementation, &image.memory),
            &image.memory,
            ticks,
        );
        parsed(out)
    })
}

const fn segment(
    index: u8,
    kind: SegmentKind,
    start: u64,
    len: u64,
    verified: bool,
) -> SegmentLine {
    SegmentLine { index, region: Region { start, len }, kind, verified, corruption: None }
}

const KERNEL_LINE: SegmentLine = segment(0, SegmentKind::Kernel, KERNEL, 168_840, true);
const INITRD_LINE: SegmentLine = segment(1, SegmentKind::Initrd, 0x200_0000, 65_536, true);
const ELFCOREHDR_LINE: SegmentLine = segment(2, SegmentKind::Elfcorehdr, 0x300_0000, 4096, false);
const OTHER_LINE: SegmentLine = segment(3, SegmentKind::Other, 0x400_0000, 300, true);
const OWN_LINE: SegmentLine = segment(4, SegmentKind::Purgatory, 0x9000, 16_728, false);

fn headline(status: Status) -> Line<'static> {
    Headline { status, place: None }.into()
}

fn defect(status: Status, address: u64, part: Option<Part>) -> Line<'static> {
    Headline { status, place: Some(Place { address, part }) }.into()
}

fn corrupted(line: SegmentLine, corrupted: u64, chunks: u64, first: u64) -> Line<'static> {
    SegmentLine { corruption: Some(report::Corruption { corrupted, chunks, first }), ..line }.into()
}

fn chunk_line(index: u64, start: u64, len: u64, fill: Option<Fill>) -> Line<'static> {
    ChunkLine { index, region: Region { start, len }, fill }.into()
}

fn digest(of: DigestOf, digest: [u8; 32]) -> Line<'static> {
    DigestLine { of, digest }.into()
}

fn speed(bytes: u64, tenths: u64, zeros: u64) -> Line<'static> {
    SpeedLine { bytes, tenths, zeros: Some(zeros) }.into()
}

#[test]
fn prints_segments_and_speed_of_a_verified_image() {
    let bytes = 229_376;
    assert_eq!(
        report(&FakeImage::sample(), bytes * 7 / 2),
        [
            headline(Status::Verified),
            KERNEL_LINE.into(),
            INITRD_LINE.into(),
            ELFCOREHDR_LINE.into(),
            OTHER_LINE.into(),
            OWN_LINE.into(),
            speed(bytes, 35, 5300),
        ]
    );
}

#[test]
fn prints_the_first_corrupted_chunk_of_each_segment_with_both_digests() {
    let mut image = FakeImage::sample();
    let kernel = sha256(&image.segment(0)[CHUNK..2 * CHUNK]);
    let initrd = sha256(image.segment(1));
    image.segment(0)[CHUNK] ^= 1;
    image.segment(0)[2 * CHUNK] ^= 1;
    image.segment(1).fill(0xff);
    let kernel_now = sha256(&image.segment(0)[CHUNK..2 * CHUNK]);
    assert_eq!(
        report(&image, 0),
        [
            headline(Status::Mismatch),
            corrupted(KERNEL_LINE, 2, 3, 1),
            chunk_line(1, 0x101_0000, 0x1_0000, None),
            digest(DigestOf::ExpectedChunk, kernel),
            digest(DigestOf::ActualChunk, kernel_now),
            corrupted(INITRD_LINE, 1, 1, 0),
            chunk_line(0, 0x200_0000, 0x1_0000, Some(Fill::Ones)),
            digest(DigestOf::ExpectedChunk, initrd),
            digest(DigestOf::ActualChunk, sha256(&[0xff; CHUNK])),
            ELFCOREHDR_LINE.into(),
            OTHER_LINE.into(),
            OWN_LINE.into(),
            speed(229_376, 0, 5300),
        ]
    );
}

#[test]
fn prints_the_fill_of_the_first_corrupted_chunk() {
    for (byte, fill) in [(0, Some(Fill::Zeros)), (0xff, Some(Fill::Ones)), (0x55, None)] {
        let mut image = FakeImage::with(&[kernel(vec![1; CHUNK + 10])]);
        image.segment(0)[CHUNK..].fill(byte);
        assert_eq!(report(&image, 0)[2], chunk_line(1, 0x101_0000, 10, fill));
    }
}

#[test]
fn prints_a_nonzero_byte_of_the_padding_after_its_segment() {
    let mut image = FakeImage::with(&[FakeSegment { zeros: 100, ..kernel([1; 10]) }]);
    image.segment(0)[60] = 1;
    let lines = report(&image, 0);
    let segment = segment(0, SegmentKind::Kernel, KERNEL, 110, true).into();
    let nonzero = NonzeroLine { address: KERNEL + 60 }.into();
    assert_eq!(lines[..3], [headline(Status::Mismatch), segment, nonzero]);
    assert_eq!(lines.len(), 5);
    image.segment(0)[60] = 0;
    assert_eq!(report(&image, 0)[..2], [headline(Status::Verified), segment]);
}

#[test]
fn prints_the_place_of_a_defect() {
    let mut image = FakeImage::sample();
    image.segment(1).truncate(16);
    let lines = report(&image, 0);
    let part = Some(Part::Segment(1));
    assert_eq!(lines[0], defect(Status::RegionUnmapped, 0x200_0010, part));
    assert_eq!(lines[2], corrupted(INITRD_LINE, 1, 1, 0));

    let mut image = FakeImage::sample();
    image.set(RIP, KERNEL - 1);
    image.seal();
    assert_eq!(report(&image, 0)[0], defect(Status::EntryUnmapped, 0xff_ffff, None));

    let mut image = FakeImage::sample();
    image.code[0] ^= 1;
    assert_eq!(report(&image, 0)[0], defect(Status::CodeCorrupted, 0x9190, None));
}

#[test]
fn prints_no_segments_of_a_malformed_list() {
    let mut image = FakeImage::sample();
    image.list()[16 + 1] = 2;
    image.seal();
    let malformed = defect(Status::ListMalformed, KERNEL, Some(Part::Segment(0)));
    assert_eq!(report(&image, 9), [malformed, speed(0, 0, 0)]);
}

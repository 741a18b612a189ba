//! One test for each error of building an image. An error changes nothing.

use super::{RAM, builder, finish, kernel};
use crate::native;
use crate::purgatory::Purgatory;
use crate::seal::{REGS, scalar};
use purgatory_abi::native::SegmentKind;
use purgatory_loader::SegmentId;
use purgatory_loader::segments::{BuildError, Builder, NewKernel, Placer, PlacerError};
use purgatory_loader::{Blob, Options, PlaceError, SealError, Segment};
use std::iter::once;

/// Returns the error of adding a segment.
fn add_error(builder: &mut Builder<'_>, segment: Segment<'static>) -> BuildError {
    let before = builder.segments().len();
    let error = builder.add(segment).unwrap_err();
    assert_eq!(builder.segments().len(), before);
    error
}

fn id(kind: SegmentKind, index: usize, range: std::ops::Range<u64>) -> SegmentId {
    SegmentId { kind, index, range }
}

#[test]
fn rejects_too_many_segments() {
    let mut builder = builder();
    for n in 0..15 {
        builder.add(kernel(0x100_0000 + n * 0x1000, &[1], 0)).unwrap();
    }
    let error = add_error(&mut builder, kernel(0x200_0000, &[1], 0));
    assert_eq!(error, BuildError::TooManySegments { kind: SegmentKind::Kernel, index: 15 });
    assert!(error.to_string().contains("there would be 17 segments"), "{error}");
}

#[test]
fn rejects_a_kernel_whose_segments_overlap() {
    let segments = vec![kernel(0x100_0000, &[1], 0), kernel(0x100_0000, &[2], 0)];
    let placer = Placer::over(RAM).unwrap();
    let error = Builder::of_kernel(placer, NewKernel { segments, entry: REGS }).unwrap_err();
    assert!(matches!(error, BuildError::Overlap { .. }), "{error}");
}

#[test]
fn rejects_a_purgatory_segment() {
    let own = Segment { kind: SegmentKind::Purgatory, ..kernel(0x100_0000, &[1], 0) };
    assert_eq!(add_error(&mut builder(), own), BuildError::OwnSegment { index: 0 });
}

#[test]
fn rejects_an_empty_segment() {
    let error = add_error(&mut builder(), kernel(0x100_0000, &[], 0));
    assert_eq!(error, BuildError::Empty { kind: SegmentKind::Kernel, index: 0 });
    assert_eq!(builder().add(kernel(0x100_0000, &[], 1)), Ok(()));
}

#[test]
fn rejects_an_unaligned_segment() {
    for address in [0x100_0001, 0x100_0800, 0x100_0fff] {
        let error = add_error(&mut builder(), kernel(address, &[1], 0));
        let kind = SegmentKind::Kernel;
        assert_eq!(error, BuildError::NotPageAligned { kind, index: 0, address });
        assert!(error.to_string().contains(&format!("{address:#x}")), "{error}");
    }
}

#[test]
fn rejects_a_segment_past_the_end_of_the_address_space() {
    for (address, zeros) in [(0u64.wrapping_sub(0x1000), 0), (0x1000, u64::MAX), (0, u64::MAX - 1)]
    {
        let error = add_error(&mut builder(), kernel(address, &[1], zeros));
        assert!(matches!(error, BuildError::Wraps { index: 0, .. }), "{error}");
    }
}

#[test]
fn rejects_a_segment_outside_ram() {
    // Below and above the RAM, past its end, over a hole, and to the end of a range that ends inside a page.
    for (address, bytes) in
        [(0, 1), (0x500_0000, 1), (0x4ff_f000, 0x1001), (0x9_e000, 0x100_0000), (0x9_f000, 0x800)]
    {
        let error = add_error(&mut builder(), kernel(address, &[1], bytes - 1));
        let range = address..address + u64::next_multiple_of(bytes, 0x1000);
        let segment = id(SegmentKind::Kernel, 0, range);
        assert_eq!(error, BuildError::OutsideRam { segment });
        assert!(error.to_string().contains("segment 0 (kernel, "), "{error}");
    }
    assert_eq!(builder().add(kernel(0x4ff_f000, &[1], 0xfff)), Ok(()));
}

#[test]
fn rejects_overlapping_segments() {
    let initrd = || Segment { kind: SegmentKind::Initrd, ..kernel(0x200_1000, &[1; 0x1800], 0) };
    for (address, bytes) in [
        (0x200_1000, 1),
        (0x200_2000, 1),
        (0x200_0000, 0x1001),
        (0x200_0000, 0x8000),
        (0x200_1000, 0x2000),
    ] {
        let mut builder = builder();
        builder.add(kernel(0x100_0000, &[1], 0)).unwrap();
        builder.add(initrd()).unwrap();
        let error = add_error(&mut builder, kernel(address, &[1], bytes - 1));
        let end = address + u64::next_multiple_of(bytes, 0x1000);
        let segment = id(SegmentKind::Kernel, 2, address..end);
        let other = id(SegmentKind::Initrd, 1, 0x200_1000..0x200_3000);
        assert_eq!(error, BuildError::Overlap { segment, other });
        let text = error.to_string();
        assert!(text.contains("segment 2 (kernel, ") && text.contains("0x2001000-0x2003000"));
        // Adjacent segments are valid.
        builder.add(kernel(0x200_0000, &[1], 0xfff)).unwrap();
        builder.add(kernel(0x200_3000, &[1], 0)).unwrap();
    }
}

#[test]
fn rejects_a_segment_that_overlaps_the_purgatory() {
    let mut builder = builder();
    builder.add(kernel(0x200_0000, &[1], 0)).unwrap();
    builder.set_purgatory_address(0x200_0000);
    let segment = id(SegmentKind::Purgatory, 1, 0x200_0000..0x200_1000);
    let other = id(SegmentKind::Kernel, 0, 0x200_0000..0x200_1000);
    assert_eq!(finish(builder).unwrap_err(), BuildError::Overlap { segment, other });
}

#[test]
fn rejects_an_invalid_purgatory_address() {
    let at = |address| {
        let mut builder = builder();
        builder.set_purgatory_address(address);
        finish(builder).unwrap_err()
    };
    let (kind, index) = (SegmentKind::Purgatory, 0);
    assert_eq!(at(0x100_0040), BuildError::NotPageAligned { kind, index, address: 0x100_0040 });
    let segment = id(kind, index, 0x500_0000..0x500_1000);
    assert_eq!(at(0x500_0000), BuildError::OutsideRam { segment });
}

#[test]
fn rejects_a_segment_that_looks_like_elfcorehdr() {
    let elf = b"\x7fELF";
    let elfcorehdr = |address| Segment { kind: SegmentKind::Elfcorehdr, ..kernel(address, elf, 0) };
    // Before it, after it, and a second one.
    let other = |address| kernel(address, elf, 0);
    let cases = [
        ([other(0x100_0000), elfcorehdr(0x200_0000)], (0, 1)),
        ([elfcorehdr(0x100_0000), other(0x200_0000)], (1, 0)),
        ([elfcorehdr(0x100_0000), elfcorehdr(0x200_0000)], (1, 0)),
    ];
    for (segments, (taken, real)) in cases {
        let mut builder = builder();
        segments.into_iter().for_each(|segment| builder.add(segment).unwrap());
        match finish(builder).unwrap_err() {
            BuildError::LooksLikeElfcorehdr { segment, elfcorehdr } => {
                assert_eq!((segment.index, elfcorehdr.index), (taken, real));
            }
            error => panic!("{error}"),
        }
    }
}

#[test]
fn rejects_an_image_of_more_than_half_of_memory() {
    // With the purgatory's page, sixteen.
    let with = |memory| {
        let mut builder = builder();
        builder.add(kernel(0x100_0000, &[1], 15 * 0x1000 - 1)).unwrap();
        builder.set_total_memory(memory);
        finish(builder)
    };
    assert!(with(32 * 0x1000).is_ok());
    let memory = 32 * 0x1000 - 1;
    let error = with(memory).unwrap_err();
    assert_eq!(error, BuildError::HalfOfMemory { bytes: 16 * 0x1000, memory });
}

#[test]
fn rejects_an_image_that_leaves_too_little_free() {
    let with = |needed| {
        let mut builder = Builder::new(Placer::over(once(0x10_0000..0x20_0000)).unwrap(), REGS);
        builder.add(kernel(0x10_0000, &[1], 0xe_ffff)).unwrap();
        builder.set_required_free(needed);
        finish(builder)
    };
    assert!(with(0xf000).is_ok());
    let error = with(0xf001).unwrap_err();
    assert_eq!(error, BuildError::TooLittleFree { free: 0xf000, needed: 0xf001 });
}

#[test]
fn rejects_a_purgatory_that_does_not_fit() {
    let mut builder = Builder::new(Placer::over(once(0x10_0000..0x20_0000)).unwrap(), REGS);
    builder.add(kernel(0x10_0000, &[1], 0xf_ffff)).unwrap();
    let error = finish(builder).unwrap_err();
    let BuildError::NoRoom(PlacerError::NoRoom { memsz, largest: 0, .. }) = error else {
        panic!("{error}");
    };
    assert_eq!(memsz, 0x1000);
}

#[test]
fn rejects_a_purgatory_that_cannot_be_placed_or_sealed() {
    let with = |object: &[u8]| {
        let blob = Blob::parse(object).unwrap();
        builder().finish(&blob, &Options::default(), scalar(), |_, _| {}).unwrap_err()
    };
    assert_eq!(with(&Purgatory::new().write()), BuildError::Seal(SealError::NoHeader));
    let mut undefined = native::purgatory();
    let symbol = undefined.outside_sections("nowhere", object::write::SymbolSection::Undefined, 0);
    undefined.relocate(undefined.data, 0, object::elf::R_X86_64_64, symbol, 0);
    let error = with(&undefined.write());
    assert!(matches!(error, BuildError::Place(PlaceError::UndefinedSymbol { .. })), "{error}");
}

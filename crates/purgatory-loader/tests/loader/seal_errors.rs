//! One test for each error of sealing an image. No error changes the image.

use crate::broken::Broken;
use crate::native::{self, HEADER_BYTES};
use crate::purgatory::Purgatory;
use crate::seal::{REGS, scalar, segment};
use object::LittleEndian as Le;
use object::elf::{STB_LOCAL, SymbolSection as Shndx};
use purgatory_abi::console::ConsoleError;
use purgatory_abi::native::{Console, Policy, SegmentKind};
use purgatory_loader::{Blob, Image, Options, SealError, Segment};

/// Returns the error of sealing the object at `base`.
fn error(object: &[u8], base: u64, segments: &[Segment<'_>]) -> SealError {
    let mut image = Image::place(&Blob::parse(object).unwrap(), base).unwrap();
    seal_error(&mut image, segments)
}

/// Returns the error of sealing the image.
fn seal_error(image: &mut Image, segments: &[Segment<'_>]) -> SealError {
    let before = image.bytes().to_vec();
    let error = image.seal(REGS, segments, &Options::default(), scalar(), |_, _| {}).unwrap_err();
    assert!(image.bytes() == before, "the image has changed");
    error
}

/// Returns the error of sealing a valid image with these options.
fn seal_error_with(options: &Options) -> SealError {
    let object = native::purgatory().write();
    let mut image = Image::place(&Blob::parse(&object).unwrap(), 0).unwrap();
    let before = image.bytes().to_vec();
    let error = image.seal(REGS, &[], options, scalar(), |_, _| {}).unwrap_err();
    assert!(image.bytes() == before, "the image has changed");
    error
}

/// Returns a purgatory whose header has these bytes at `at`.
fn with_header(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut header = native::header();
    header[at..at + bytes.len()].copy_from_slice(bytes);
    native::starting_with(&header).write()
}

#[test]
fn rejects_a_missing_header() {
    assert_eq!(error(&Purgatory::new().write(), 0, &[]), SealError::NoHeader);
    let mut broken = Broken::of(&native::purgatory());
    let header = broken.symbol("purgatory_header");
    header.set_st_info(STB_LOCAL, header.st_type());
    assert_eq!(error(&broken.bytes, 0, &[]), SealError::NoHeader);
}

#[test]
fn rejects_a_short_header() {
    let mut broken = Broken::of(&native::purgatory());
    for (size, expected) in [
        (HEADER_BYTES - 8, SealError::NoHeader),
        (HEADER_BYTES + 8, SealError::HeaderBytes { found: HEADER_BYTES as u32 }),
    ] {
        broken.symbol("purgatory_header").st_size.set(Le, size as u64);
        assert_eq!(error(&broken.bytes, 0, &[]), expected);
    }
}

#[test]
fn rejects_a_header_that_is_not_first() {
    let object = Purgatory::starting_with(&[[0; 16].as_slice(), &native::header()].concat(), 0);
    let mut later = object;
    let text = later.text;
    later.global("purgatory_header", text, 16, HEADER_BYTES as u64);
    assert_eq!(error(&later.write(), 0, &[]), SealError::NoHeader);
}

#[test]
fn rejects_a_header_without_bytes() {
    // Only .bss is left, at the start of the image.
    let mut broken = Broken::of(&native::purgatory());
    broken.section(".bss").sh_size.set(Le, 0x1000);
    let bss = broken.id(".bss").index;
    let symbol = broken.symbol("purgatory_header");
    symbol.st_shndx.set(Le, Shndx(bss as u16));
    assert_eq!(error(&broken.bytes, 0, &[]), SealError::NoHeader);
}

#[test]
fn rejects_another_magic() {
    for at in 0..8 {
        assert_eq!(error(&with_header(at, b"?"), 0, &[]), SealError::NoHeader);
    }
}

#[test]
fn rejects_another_version() {
    for found in [0, 2, u32::MAX] {
        let object = with_header(8, &found.to_le_bytes());
        assert_eq!(error(&object, 0, &[]), SealError::Version { found });
    }
    let text = SealError::Version { found: 2 }.to_string();
    assert!(text.contains("version 2") && text.contains("version 1"), "{text}");
}

#[test]
fn rejects_another_header_size() {
    for found in [0, 367, 369, u32::MAX] {
        let object = with_header(12, &found.to_le_bytes());
        assert_eq!(error(&object, 0, &[]), SealError::HeaderBytes { found });
    }
    let text = SealError::HeaderBytes { found: 408 }.to_string();
    assert!(text.contains("408") && text.contains("400"), "{text}");
}

#[test]
fn rejects_header_flags() {
    for found in [1u64, 1 << 63] {
        let object = with_header(56, &found.to_le_bytes());
        assert_eq!(error(&object, 0, &[]), SealError::Flags { found });
    }
    assert!(SealError::Flags { found: 0x20 }.to_string().contains("0x20"));
}

#[test]
fn rejects_too_little_memory_for_copies() {
    let found = error(&with_header(48, &[1]), 0, &[]);
    assert_eq!(found, SealError::NoRoomForCopies { needed: 0x3000, memsz: 0x340 });
    assert!(found.to_string().contains("0x3000") && found.to_string().contains("0x340 "));
}

#[test]
fn rejects_an_invalid_policy() {
    let found = Policy { on_failure: 4, ..Policy::default() };
    let options = Options { policy: found, ..Options::default() };
    assert_eq!(seal_error_with(&options), SealError::Policy { found });
    assert!(SealError::Policy { found }.to_string().contains("on_failure: 4"));
}

#[test]
fn rejects_an_invalid_console() {
    let found = Console { kind: 3, ..Console::default() };
    let mut options = Options::default();
    options.consoles[2] = found;
    assert_eq!(seal_error_with(&options), SealError::Console { index: 2, found });
    let text = SealError::Console { index: 2, found }.to_string();
    assert!(text.contains("console 2") && text.contains("kind: 3"), "{text}");
}

#[test]
fn rejects_a_console_with_an_invalid_port_or_speed() {
    let port = Console { address: 0x1_03f8, ..Console::uart(0, 9600) };
    for (found, error) in [
        (port, ConsoleError::Port),
        (Console::uart(7, 0), ConsoleError::Port),
        (Console::uart(0x2f8, 1000), ConsoleError::Baud),
    ] {
        let mut options = Options::default();
        options.consoles[1] = found;
        let seal_error = seal_error_with(&options);
        assert_eq!(seal_error, SealError::ConsoleValue { index: 1, error });
        assert_eq!(seal_error.to_string(), format!("console 1 is invalid: {error}"));
    }
}

#[test]
fn rejects_a_sealed_image() {
    let object = native::purgatory().write();
    let mut image = Image::place(&Blob::parse(&object).unwrap(), 0).unwrap();
    image.seal(REGS, &[], &Options::default(), scalar(), |_, _| {}).unwrap();
    assert_eq!(seal_error(&mut image, &[]), SealError::Sealed);
    assert!(SealError::Sealed.to_string().contains("already sealed"));
}

#[test]
fn rejects_too_many_segments() {
    let segments: Vec<_> = (0..16).map(|n| segment(n * 0x1000, b"")).collect();
    let object = native::purgatory().write();
    let error = error(&object, 0, &segments);
    assert_eq!(error, SealError::TooManySegments { count: 16 });
    assert!(error.to_string().starts_with("16 segments and the purgatory's own"));
}

#[test]
fn rejects_a_long_list() {
    // Memory that is never read costs nothing.
    let payload = vec![0; 3 << 30];
    let segments = vec![segment(0, &payload); 11];
    let object = native::purgatory().write();
    let error = error(&object, 0, &segments);
    let bytes = 16 + 12 * 40 + 11 * (3 << 14) * 32;
    assert_eq!(error, SealError::ListTooLong { bytes });
    assert!(error.to_string().contains("32 GiB"));
}

#[test]
fn rejects_a_purgatory_segment() {
    let own = Segment { kind: SegmentKind::Purgatory, ..segment(0x1000, b"") };
    let object = native::purgatory().write();
    let error = error(&object, 0, &[segment(0, b""), own]);
    assert_eq!(error, SealError::OwnSegment { index: 1 });
    assert!(error.to_string().contains("segment 1"));
}

#[test]
fn rejects_an_image_past_the_end_of_the_address_space() {
    let object = native::purgatory().write();
    // The last multiple of 64 at which a sealed image of 0x378 bytes fits into the address space, and one of 0x3c0 does
    // not.
    let base = u64::MAX - 0x37f;
    let error = error(&object, base, &[segment(0, b"one chunk")]);
    assert_eq!(error, SealError::Wraps { base, memsz: 0x3c0 });
    let text = error.to_string();
    assert!(text.contains(&format!("{base:#x}")) && text.contains("0x3c0"), "{text}");
    let mut image = Image::place(&Blob::parse(&object).unwrap(), base).unwrap();
    assert_eq!(image.seal(REGS, &[], &Options::default(), scalar(), |_, _| {}), Ok(()));
}

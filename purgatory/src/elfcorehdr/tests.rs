//! Each problem of an elfcorehdr has its own warning with an address; a valid one has none.

use super::*;
use crate::loader::native::fake_image::{
    ELFCOREHDR_DIGEST_AT, FLAGS, FakeImage, FakeSegment, KNOWN, REGISTERS, kernel, sha256,
};
use proptest::prelude::*;
use purgatory_sha256::Instructions;

const AT: u64 = 0x300_0000;

/// The number of program headers in [`valid`], and its length.
const PROGRAMS: usize = 4;
const BYTES: usize = 64 + PROGRAMS * 56;

/// Returns a small valid elfcorehdr: notes of one CPU, the kernel, and two ranges of RAM.
pub(crate) fn valid() -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    bytes[16..24].copy_from_slice(&[4, 0, 62, 0, 1, 0, 0, 0]);
    bytes[32] = 64;
    bytes[52] = 64;
    bytes[54] = 56;
    bytes[56] = PROGRAMS as u8;
    bytes.extend(program(4, 0, 0x50_0000..0x50_0164));
    bytes.extend(program(1, 0xffff_ffff_8000_0000, 0x20_0000..0x40_0000));
    bytes.extend(program(1, DIRECT_MAP, 0x10_0000..0x80_0000));
    bytes.extend(program(1, DIRECT_MAP, 0x4000_0000..0x5000_0000));
    bytes
}

/// The virtual address of physical address 0.
const DIRECT_MAP: u64 = 0xffff_8880_0000_0000;

/// Returns a program header of this type for this memory.
fn program(kind: u64, virtual_offset: u64, memory: core::ops::Range<u64>) -> Vec<u8> {
    let (start, len) = (memory.start, memory.end - memory.start);
    let virtual_address = if kind == 4 { 0 } else { virtual_offset + start };
    [kind, start, virtual_address, start, len, len, 0].map(u64::to_le_bytes).concat()
}

/// Returns the warnings about an image's segments.
fn warnings_of(image: &FakeImage) -> Vec<(Warning, u64)> {
    image.with_plan(|plan| {
        let mut warnings = Warnings::default();
        assert!(plan.attempts[0].check.segments.is_ok(), "a valid list");
        let implementation = Implementation::ranked(Instructions::default()).last();
        check(&plan.attempts[0], implementation, &image.memory, &mut warnings);
        warnings.iter().map(|line| (line.warning, line.address)).collect()
    })
}

/// Returns an image with this elfcorehdr, followed by zero padding of this length.
fn with(payload: Vec<u8>, zeros: usize) -> FakeImage {
    FakeImage::with(&[
        kernel([1; 100]),
        FakeSegment { kind: 5, verified: 0, address: AT, payload, zeros },
    ])
}

/// Returns the warnings about [`valid`] with these bytes at `at`.
fn changed(at: usize, bytes: &[u8]) -> Vec<(Warning, u64)> {
    let mut elfcorehdr = valid();
    elfcorehdr[at..at + bytes.len()].copy_from_slice(bytes);
    warnings_of(&with(elfcorehdr, 0))
}

#[test]
fn accepts_a_valid_elfcorehdr_with_and_without_zero_padding() {
    assert_eq!(warnings_of(&with(valid(), 0)), []);
    assert_eq!(warnings_of(&with(valid(), 8000)), []);
    // The running kernel has added program headers where zeros were loaded.
    let payload = valid()[..100].to_vec();
    let mut image = with(payload, 300);
    image.segment(1)[..BYTES].copy_from_slice(&valid());
    assert_eq!(warnings_of(&image), []);
}

#[test]
fn accepts_an_image_without_elfcorehdr() {
    assert_eq!(warnings_of(&FakeImage::with(&[kernel([1; 100])])), []);
}

#[test]
fn reports_headers_that_pass_the_end_of_the_segment() {
    let cut = [(Warning::ElfcorehdrCut, AT)];
    for len in [0, 1, 63, 64, BYTES - 1] {
        assert_eq!(warnings_of(&with(valid()[..len].to_vec(), 0)), cut, "{len}");
    }
    assert_eq!(changed(56, &[5]), cut);
    assert_eq!(changed(56, &[255, 255]), cut);
}

#[test]
fn reports_the_first_unmapped_address() {
    for (len, address) in [(0, AT), (10, AT + 10), (64, AT + 64), (100, AT + 100)] {
        let mut image = with(valid(), 0);
        image.segment(1).truncate(len);
        assert_eq!(warnings_of(&image), [(Warning::ElfcorehdrUnmapped, address)], "{len}");
    }
}

#[test]
fn reports_a_wrong_magic() {
    for at in 0..4 {
        assert_eq!(changed(at, b"?"), [(Warning::ElfcorehdrMagic, AT)]);
    }
}

#[test]
fn reports_a_wrong_class_byte_order_or_version() {
    for at in [4, 5, 6, 20, 23] {
        assert_eq!(changed(at, &[3]), [(Warning::ElfcorehdrClass, AT + 4)], "{at}");
    }
}

#[test]
fn reports_a_wrong_type() {
    assert_eq!(changed(16, &[2]), [(Warning::ElfcorehdrType, AT + 16)]);
    assert_eq!(changed(17, &[1]), [(Warning::ElfcorehdrType, AT + 16)]);
}

#[test]
fn reports_a_wrong_machine() {
    assert_eq!(changed(18, &[3]), [(Warning::ElfcorehdrMachine, AT + 18)]);
}

#[test]
fn reports_wrong_sizes_and_a_wrong_offset_of_program_headers() {
    for at in [32, 39, 52, 53, 54, 55] {
        assert_eq!(changed(at, &[1]), [(Warning::ElfcorehdrSizes, AT + 32)], "{at}");
    }
}

#[test]
fn reports_missing_program_headers() {
    assert_eq!(changed(56, &[0]), [(Warning::ElfcorehdrEmpty, AT + 56)]);
}

#[test]
fn reports_a_first_program_header_without_notes() {
    assert_eq!(changed(64, &[1]), [(Warning::ElfcorehdrNoNotes, AT + 64)]);
    assert_eq!(changed(64, &[6]), [(Warning::ElfcorehdrNoNotes, AT + 64)]);
}

#[test]
fn reports_program_headers_without_ram() {
    let no_memory = [(Warning::ElfcorehdrNoMemory, AT + 64)];
    // One of notes and one of the kernel; then only one of notes.
    assert_eq!(changed(56, &[2]), no_memory);
    assert_eq!(changed(56, &[1]), no_memory);
}

#[test]
fn reports_an_inconsistent_program_header() {
    for index in 0..PROGRAMS {
        let start = 64 + index * 56;
        // The type; the offset; the physical address; the size in the file; the size in memory.
        for at in [0, 8, 15, 24, 31, 32, 39, 40, 47] {
            let changes = changed(start + at, &[6]);
            let expected = match (index, at) {
                (0, 0) => (Warning::ElfcorehdrNoNotes, AT + 64),
                // The first RAM takes the kernel's place, and the second does not contain the notes.
                (1, 0) => (Warning::ElfcorehdrRange, AT + 64),
                // RAM that is too short does not contain the notes.
                (2, 8..) => (Warning::ElfcorehdrRange, changes[0].1),
                _ => (Warning::ElfcorehdrRange, AT + start as u64),
            };
            assert_eq!(changes, [expected], "{index} {at}");
        }
    }
    let range = |index: usize, program: Vec<u8>| {
        let warnings = changed(64 + index * 56, &program);
        assert_eq!(warnings, [(Warning::ElfcorehdrRange, AT + 64 + index as u64 * 56)]);
    };
    // Empty, and past the end of the address space.
    range(3, program(1, DIRECT_MAP, 0x4000_0000..0x4000_0000));
    let last = u64::MAX - 0xfff;
    range(
        3,
        [1, last, last.wrapping_add(DIRECT_MAP), last, 0x2000, 0x2000, 0]
            .map(u64::to_le_bytes)
            .concat(),
    );
}

#[test]
fn reports_ranges_that_contradict_the_others() {
    let range = |index: usize, kind, offset, memory| {
        let warnings = changed(64 + index * 56, &program(kind, offset, memory));
        assert_eq!(warnings, [(Warning::ElfcorehdrRange, AT + 64 + index as u64 * 56)]);
    };
    // Notes and kernel outside of RAM, or partly.
    range(0, 4, 0, 0x3fff_ffff..0x4000_0010);
    range(1, 1, 0xffff_ffff_8000_0000, 0x7f_ffff..0x80_0001);
    // RAM: overlapping, before the previous range, in another mapping, and notes in its place.
    range(3, 1, DIRECT_MAP, 0x7f_ffff..0x90_0000);
    range(3, 1, DIRECT_MAP, 0x1000..0x2000);
    range(3, 1, DIRECT_MAP + 8, 0x4000_0000..0x5000_0000);
    range(3, 4, 0, 0x4000_0000..0x5000_0000);
}

#[test]
fn reports_ram_in_the_memory_map_of_the_capture_kernel() {
    const BOOT_PARAMS: u64 = 0x9_0000;
    // The address of rsi among the registers.
    const RSI: usize = REGISTERS + 6 * 8;
    let with_map = |address: u64, magic: u8, entries: u8| {
        let mut page = vec![0; 4096];
        page[0x202..0x206].copy_from_slice(&[b'H', b'd', b'r', magic]);
        page[0x1e8] = entries;
        page[0x2d0 + 20..][..8].copy_from_slice(&address.to_le_bytes());
        page[0x2d0 + 28] = 1;
        let mut image = with(valid(), 0);
        image.memory = std::mem::take(&mut image.memory).with(BOOT_PARAMS, page);
        image.set(RSI, BOOT_PARAMS);
        image.seal();
        warnings_of(&image)
    };
    let third = |index: u64| vec![(Warning::ElfcorehdrRange, AT + 64 + index * 56)];
    for (address, warnings) in [
        (0xf_ffff, vec![]),
        (0x10_0000, third(2)),
        (0x7f_ffff, third(2)),
        (0x80_0000, vec![]),
        (0x4fff_ffff, third(3)),
        (0x5000_0000, vec![]),
    ] {
        assert_eq!(with_map(address, b'S', 2), warnings, "{address:#x}");
    }
    // The entry is not used, the page is not boot_params, or there are more entries than the page has.
    assert_eq!(with_map(0x10_0000, b'S', 1), []);
    assert_eq!(with_map(0x10_0000, b's', 2), []);
    assert_eq!(with_map(0x10_0000, b'S', 129), []);
}

#[test]
fn reports_another_digest_than_that_of_the_header() {
    let sealed = |flags: u64, digest: [u8; 32], change: &dyn Fn(&mut FakeImage)| {
        let mut image = with(valid(), 100);
        image.set(KNOWN, 2);
        image.set(FLAGS, flags);
        image.header[ELFCOREHDR_DIGEST_AT..][..32].copy_from_slice(&digest);
        image.seal();
        change(&mut image);
        warnings_of(&image)
    };
    let digest = sha256(&valid());
    let changed = (Warning::ElfcorehdrChanged, AT);
    assert_eq!(sealed(2, digest, &|_| ()), []);
    // A field that no other check reads: the entry.
    let entry = |image: &mut FakeImage| image.segment(1)[24] ^= 1;
    assert_eq!(sealed(2, digest, &entry), [changed]);
    assert_eq!(sealed(0, digest, &entry), [], "without the flag");
    assert_eq!(sealed(2, sha256(b""), &|_| ()), [changed]);
    // In addition to another warning.
    let magic = |image: &mut FakeImage| image.segment(1)[0] = 0;
    assert_eq!(sealed(2, digest, &magic), [(Warning::ElfcorehdrMagic, AT), changed]);
    // Zero padding is not digested, and unmapped memory has its own warning.
    assert_eq!(sealed(2, digest, &|image| image.segment(1)[BYTES] = 1), []);
    let unmapped = |image: &mut FakeImage| image.segment(1).truncate(10);
    assert_eq!(sealed(2, digest, &unmapped), [(Warning::ElfcorehdrUnmapped, AT + 10)]);
}

proptest! {
    #[test]
    fn any_bytes_give_at_most_one_warning(bytes in prop::collection::vec(any::<u8>(), 0..300), changes: bool) {
        let mut payload = valid();
        if changes {
            // Change one byte of a valid elfcorehdr at a time.
            for (at, byte) in bytes.iter().enumerate().take(payload.len()) {
                payload[at] = *byte;
                prop_assert!(warnings_of(&with(payload.clone(), 0)).len() <= 1);
                payload[at] = valid()[at];
            }
        } else {
            prop_assert!(warnings_of(&with(bytes, 0)).len() <= 1);
        }
    }
}

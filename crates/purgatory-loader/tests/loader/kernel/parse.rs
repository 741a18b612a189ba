//! Parses valid kernels.

use super::sample::*;
use purgatory_abi::native::SegmentKind;
use purgatory_loader::Segment;
use purgatory_loader::kernel::{BzImage, Kernel, Vmlinux, is_bz_image};
use std::ops::Range;
use zerocopy::IntoBytes;

fn bz(file: &[u8]) -> BzImage<'_> {
    match Kernel::parse(file) {
        Ok(Kernel::BzImage(kernel)) => kernel,
        other => panic!("{other:?}"),
    }
}

fn elf(file: &[u8]) -> Vmlinux<'_> {
    match Kernel::parse(file) {
        Ok(Kernel::Vmlinux(kernel)) => kernel,
        other => panic!("{other:?}"),
    }
}

#[test]
fn reads_the_header_of_a_bzimage() {
    let file = bz_image();
    let kernel = bz(&file);
    assert_eq!(kernel.code(), [0x90; CODE_BYTES]);
    let header = kernel.setup_header().as_bytes();
    assert_eq!(header, [&file[0x1f1..0x26c], &[0; 0x24]].concat());
    assert_eq!((kernel.memory_bytes(), kernel.alignment()), (MEMORY, 0x20_0000));
    assert_eq!(kernel.preferred_address(), 0x100_0000);
    assert_eq!((kernel.command_line_bytes(), kernel.initrd_address_max()), (2047, 0x7fff_ffff));
    assert!(kernel.above_4g() && kernel.five_level_paging());
    let file = bz_image_with(XLOADFLAGS, [0x5d, 0]);
    assert!(!bz(&file).above_4g() && !bz(&file).five_level_paging());
}

#[test]
fn finds_the_compressed_kernel() {
    let mut file = bz_image();
    put(&mut file, SETUP_BYTES + 0x2c4, b"packed");
    let payload = bz(&file).payload().unwrap();
    assert_eq!((payload.len(), &payload[..7]), (0x100, &b"packed\x90"[..]));
}

#[test]
fn zero_setup_sectors_mean_four() {
    let mut file = bz_image_with(SETUP_SECTS, [0]);
    file.splice(SETUP_BYTES..SETUP_BYTES, [0; 3 * 512]);
    assert_eq!(bz(&file).code(), [0x90; CODE_BYTES]);
}

#[test]
fn loads_a_trailing_signature() {
    let mut file = bz_image();
    file.extend(b"signature");
    assert_eq!(bz(&file).code().len(), CODE_BYTES + 9);
}

#[test]
fn limits_the_header_to_its_maximum_size() {
    let file = bz_image_with(JUMP, [0xff]);
    assert_eq!(bz(&file).setup_header().as_bytes(), &file[0x1f1..0x290]);
}

#[test]
fn needs_both_magics_for_a_bzimage() {
    assert!(is_bz_image(&bz_image()));
    assert!(!is_bz_image(&bz_image_with(0x1fe, [0])));
    assert!(!is_bz_image(&bz_image_with(0x202, b"h")));
    assert!(!is_bz_image(&bz_image()[..0x205]));
}

#[test]
fn sorts_and_pads_the_segments_of_a_vmlinux() {
    let file = vmlinux();
    let kernel = elf(&file);
    assert_eq!(kernel.entry(), 0x100_0040);
    let segment = |address, payload: Range<usize>, zeros| Segment {
        kind: SegmentKind::Kernel,
        address,
        payload: file[payload].into(),
        zeros,
    };
    let expected = [
        segment(0x100_0000, 0x1000..0x2800, 0x800),
        segment(0x110_0000, 0x2800..0x3000, 0x800),
        segment(0x120_0000, 0x3000..0x3010, 0x5ff0),
    ];
    assert_eq!(kernel.segments(), expected);
    assert_eq!(kernel.segments()[2].range(), 0x120_0000..0x120_6000);
}

#[test]
fn accepts_a_position_independent_vmlinux_with_an_empty_segment() {
    let mut file = vmlinux_of(&[LOADS[0], [1, 0, 1 << 63, 1, 0, 0]]);
    put(&mut file, ELF_TYPE, [3]);
    assert_eq!(elf(&file).segments().len(), 1);
}

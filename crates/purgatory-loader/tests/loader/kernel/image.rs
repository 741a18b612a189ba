//! The places of a kernel and its data.

use super::sample::*;
use purgatory_abi::EntryRegs;
use purgatory_abi::native::SegmentKind;
use purgatory_loader::kernel::{Crash, Inputs, Kernel, image};
use purgatory_loader::segments::NewKernel;
use purgatory_loader::segments::Placer;
use std::ops::Range;

const REGION: Range<u64> = 0xa000_0000..0xa800_0000;

/// Returns memory and payload of all segments of this kind.
fn of(image: &NewKernel<'_>, kind: SegmentKind) -> Vec<(Range<u64>, Vec<u8>)> {
    let of_kind = image.segments.iter().filter(|segment| segment.kind == kind);
    let memory = of_kind.map(|segment| {
        let end = segment.address + segment.payload.len() as u64 + segment.zeros;
        assert!(segment.address.is_multiple_of(4096) && end.is_multiple_of(4096));
        (segment.address..end, segment.payload.to_vec())
    });
    memory.collect()
}

/// Returns the only segment of this kind.
fn one(image: &NewKernel<'_>, kind: SegmentKind) -> (Range<u64>, Vec<u8>) {
    let [one] = of(image, kind).try_into().unwrap();
    one
}

/// Low and high half of a field of boot_params.
fn split(params: &[u8], low: usize, high: usize) -> u64 {
    let half = |at: usize| u32::from_le_bytes(params[at..at + 4].try_into().unwrap());
    u64::from(half(low)) | u64::from(half(high)) << 32
}

/// Returns the initrd in boot_params, and the address of the command line.
fn initrd_and_command_line(image: &NewKernel<'_>) -> (u64, u64, u64) {
    let (_, params) = one(image, SegmentKind::BootParams);
    let initrd = split(&params, 0x218, 0xc0);
    (initrd, split(&params, 0x21c, 0xc4), split(&params, 0x228, 0xc8))
}

#[test]
fn places_a_normal_kernel_at_its_preferred_address() {
    let (file, machine) = (bz_image(), machine());
    let kernel = Kernel::parse(&file).unwrap();
    let initrd = Some(&[7; 5000][..]);
    let image = image(&Inputs { initrd, ..inputs(&kernel, &machine) }, &mut placer()).unwrap();

    let memory = 0x100_0000..0x100_0000 + u64::from(MEMORY);
    assert_eq!(one(&image, SegmentKind::Kernel), (memory, vec![0x90; CODE_BYTES]));
    let initrd = 0x1_bfff_e000..0x1_c000_0000;
    assert_eq!(one(&image, SegmentKind::Initrd), (initrd, vec![7; 5000]));
    let (params, _) = one(&image, SegmentKind::BootParams);
    assert_eq!(params, 0x1_bfff_d000..0x1_bfff_e000);
    let line = 0x1_bfff_c000..0x1_bfff_d000;
    assert_eq!(one(&image, SegmentKind::CommandLine), (line, b"quiet\0".to_vec()));
    assert_eq!(of(&image, SegmentKind::Elfcorehdr), []);
    assert_eq!(initrd_and_command_line(&image), (0x1_bfff_e000, 5000, 0x1_bfff_c000));
    let entry = EntryRegs { rip: 0x100_0200, rsi: params.start, ..EntryRegs::ZERO };
    assert_eq!(image.entry, entry);
}

#[test]
fn places_a_capture_kernel_in_its_region() {
    let (file, machine) = (bz_image(), machine());
    let kernel = Kernel::parse(&file).unwrap();
    let crash = Crash { regions: &[REGION], elfcorehdr: b"\x7fELF...", elfcorehdr_bytes: 0x5001 };
    let inputs =
        Inputs { initrd: Some(b"initrd"), crash: Some(crash), ..inputs(&kernel, &machine) };
    let image = image(&inputs, &mut Placer::over([REGION]).unwrap()).unwrap();
    for segment in &image.segments {
        assert!(REGION.contains(&segment.address), "{segment:x?}");
    }
    let (memory, _) = one(&image, SegmentKind::Kernel);
    assert_eq!((memory.start, image.entry.rip), (REGION.start, REGION.start + 0x200));
    let (elfcorehdr, payload) = one(&image, SegmentKind::Elfcorehdr);
    assert_eq!((elfcorehdr.end - elfcorehdr.start, &payload[..]), (0x6000, &b"\x7fELF..."[..]));
    let line = format!("elfcorehdr={:#x} quiet\0", elfcorehdr.start);
    assert_eq!(one(&image, SegmentKind::CommandLine).1, line.as_bytes());

    // The low RAM, reserved memory, the two ACPI ranges, and the region around elfcorehdr.
    let (_, params) = one(&image, SegmentKind::BootParams);
    assert_eq!(params[0x1e8], 6);
    let ram = [REGION.start.to_le_bytes(), (elfcorehdr.start - REGION.start).to_le_bytes()];
    assert_eq!(params[0x2d0 + 40..][..16], ram.concat());
}

#[test]
fn uses_the_next_aligned_place_after_the_preferred_address() {
    let (file, machine) = (bz_image(), machine());
    let kernel = Kernel::parse(&file).unwrap();
    let mut placer = placer();
    placer.reserve(0x120_0000..0x120_1000).unwrap();
    let image = image(&inputs(&kernel, &machine), &mut placer).unwrap();
    assert_eq!(image.entry.rip, 0x140_0200);
}

#[test]
fn places_kernels_above_1_mib() {
    let (file, machine) = (bz_image_with(PREF_ADDRESS, [0; 8]), machine());
    let kernel = Kernel::parse(&file).unwrap();
    let image = image(&inputs(&kernel, &machine), &mut placer()).unwrap();
    assert_eq!(image.entry.rip, 0x20_0200);
}

#[test]
fn respects_the_4_gib_and_initrd_limits() {
    let (file, machine) = (bz_image_with(XLOADFLAGS, [0x7d]), machine());
    let kernel = Kernel::parse(&file).unwrap();
    let inputs = Inputs { initrd: Some(b"initrd"), ..inputs(&kernel, &machine) };
    let image = image(&inputs, &mut placer()).unwrap();
    assert_eq!(initrd_and_command_line(&image), (0x7fff_f000, 6, 0xbffc_e000));
    assert_eq!(image.entry.rsi, 0xbffc_f000);
}

#[test]
fn treats_an_empty_initrd_as_none() {
    let (file, machine) = (bz_image(), machine());
    let kernel = Kernel::parse(&file).unwrap();
    for initrd in [None, Some(&b""[..])] {
        let inputs = Inputs { initrd, ..inputs(&kernel, &machine) };
        let image = image(&inputs, &mut placer()).unwrap();
        assert_eq!(of(&image, SegmentKind::Initrd), []);
        assert_eq!(initrd_and_command_line(&image), (0, 0, 0x1_bfff_e000));
    }
}

#[test]
fn places_a_vmlinux_at_its_fixed_address() {
    let (file, machine) = (vmlinux(), machine());
    let kernel = Kernel::parse(&file).unwrap();
    let image = image(&inputs(&kernel, &machine), &mut placer()).unwrap();
    let memory: Vec<_> = of(&image, SegmentKind::Kernel).into_iter().map(|(at, _)| at).collect();
    let expected = [0x100_0000..0x100_2000, 0x110_0000..0x110_1000, 0x120_0000..0x120_6000];
    assert_eq!((memory, image.entry.rip), (expected.to_vec(), 0x100_0040));
}

#[test]
fn accepts_the_longest_command_line() {
    let (file, machine) = (bz_image_with(CMDLINE_SIZE, [5, 0]), machine());
    let kernel = Kernel::parse(&file).unwrap();
    let image = image(&inputs(&kernel, &machine), &mut placer()).unwrap();
    assert_eq!(one(&image, SegmentKind::CommandLine).1, b"quiet\0");
}

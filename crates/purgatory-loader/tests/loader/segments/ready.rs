//! The arguments of kexec_load(2).

use super::{RAM, builder, finish, kernel};
use crate::native::{self, HEADER_BYTES};
use crate::seal::{REGS, scalar};
use purgatory_abi::PAGE;
use purgatory_abi::native::{Console, Policy, SegmentKind};
use purgatory_loader::segments::{Builder, NewKernel, Placer, page_table_bytes};
use purgatory_loader::{Blob, Loaded, Options, Segment};
use std::borrow::Cow;
use std::iter::once;

#[test]
fn adds_the_purgatory_last_at_the_highest_place() {
    let (code, initrd) = (vec![1; 100_000], vec![2; 4096]);
    let mut builder = builder();
    builder.add(kernel(0x100_0000, &code, 70_000)).unwrap();
    builder.add(Segment { kind: SegmentKind::Initrd, ..kernel(0x4fe_f000, &initrd, 0) }).unwrap();
    builder.add(Segment { kind: SegmentKind::Other, ..kernel(0x9000, &[], 1) }).unwrap();
    let ready = finish(builder).unwrap();

    let seen: Vec<_> = ready
        .segments
        .iter()
        .map(|s| (s.kind, s.payload.len(), s.address, s.memory_bytes()))
        .collect();
    let own = 0x340 + 16 + 40 * 4 + 32 * 3;
    assert_eq!(
        seen,
        [
            (SegmentKind::Kernel, 100_000, 0x100_0000, 0x2a000),
            (SegmentKind::Initrd, 4096, 0x4fe_f000, 0x1000),
            (SegmentKind::Other, 0, 0x9000, 0x1000),
            (SegmentKind::Purgatory, own, 0x4ff_f000, 0x1000),
        ]
    );
    assert_eq!(ready.segments[0].payload, code);
    assert!(matches!(ready.segments[1].payload, Cow::Borrowed(_)), "an initrd is large");
    assert_eq!(ready.entry, 0x4ff_f000 + HEADER_BYTES as u64 + 0x10);
    assert_eq!(ready.segments[3].payload[..8], *b"PURGATRY");
}

#[test]
fn lists_the_padding_that_the_kernel_zeroes() {
    let code = vec![1; 100_000];
    let mut builder = builder();
    builder.add(kernel(0x100_0000, &code, 70_000)).unwrap();
    let ready = finish(builder).unwrap();
    let own = ready.segments.last().unwrap();
    let loaded = Loaded::decode(&own.payload, own.address, scalar()).unwrap();
    assert_eq!(loaded.segments.len(), ready.segments.len());
    for (listed, loaded) in loaded.segments.iter().zip(&ready.segments) {
        assert_eq!((listed.kind, listed.address), (loaded.kind, loaded.address));
        assert_eq!(listed.payload, loaded.payload.len() as u64);
        assert_eq!(listed.payload + listed.zeros, loaded.memory_bytes());
    }
    assert_eq!(loaded.header.entry, REGS);
}

#[test]
fn uses_all_segments_and_the_entry_of_a_kernel() {
    let segments = vec![kernel(0x100_0000, &[1], 0xfff), kernel(0x200_0000, &[2], 0xfff)];
    let kernel = NewKernel { segments: segments.clone(), entry: REGS };
    let ready = finish(Builder::of_kernel(Placer::over(RAM).unwrap(), kernel).unwrap()).unwrap();
    assert_eq!(ready.segments[..2], segments);
    let own = &ready.segments[2];
    let loaded = Loaded::decode(&own.payload, own.address, scalar()).unwrap();
    assert_eq!(loaded.header.entry, REGS);
}

#[test]
fn writes_options_to_the_header() {
    let policy = Policy { on_failure: 2, seconds: 10, ..Policy::default() };
    let mut options = Options { policy, ..Options::default() };
    options.consoles[0] = Console::uart(0x2f8, 9600);
    let object = native::purgatory().write();
    let blob = Blob::parse(&object).unwrap();
    let ready = builder().finish(&blob, &options, scalar(), |_, _| {}).unwrap();
    let own = &ready.segments[0];
    assert_eq!(Loaded::decode(&own.payload, own.address, scalar()).unwrap().options(), options);
}

#[test]
fn purgatory_avoids_reserved_memory_and_uses_a_given_address() {
    let mut placer = Placer::over(once(0x10_0000..0x20_0000)).unwrap();
    placer.reserve(0x1f_0000..0x20_0000).unwrap();
    let ready = finish(Builder::new(placer, REGS)).unwrap();
    assert_eq!(ready.segments[0].address, 0x1e_f000);

    let mut builder = builder();
    builder.set_purgatory_address(0x9_d000);
    let ready = finish(builder).unwrap();
    assert_eq!((ready.segments[0].address, ready.entry & !0xfff), (0x9_d000, 0x9_d000));
}

#[test]
fn accepts_the_maximum_number_of_segments() {
    let mut builder = builder();
    for n in 0..15 {
        builder.add(kernel(0x100_0000 + n * PAGE, &[1], 0)).unwrap();
    }
    assert_eq!(finish(builder).unwrap().segments.len(), 16);
}

#[test]
fn accepts_elf_magic_without_ambiguity() {
    let elf = b"\x7fELF and so on";
    let mut with = builder();
    with.add(Segment { kind: SegmentKind::Elfcorehdr, ..kernel(0x100_0000, elf, 0) }).unwrap();
    with.add(kernel(0x200_0000, b"\x7fELG", 0)).unwrap();
    assert!(finish(with).is_ok());
    let mut without = builder();
    without.add(kernel(0x100_0000, elf, 0)).unwrap();
    assert!(finish(without).is_ok());
}

#[test]
fn page_tables_grow_with_memory() {
    assert_eq!(page_table_bytes(0), 64 * PAGE);
    assert_eq!(page_table_bytes(1), 66 * PAGE);
    // One page for each GiB, and one for every 512 of these.
    assert_eq!(page_table_bytes(1 << 40), (1024 + 2 + 64) * PAGE);
}

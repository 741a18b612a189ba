//! The contents of placed images.

use crate::purgatory::{BSS_SIZE, ENTRY, Purgatory};
use object::elf::{R_X86_64_32, R_X86_64_32S, R_X86_64_64, R_X86_64_NONE};
use object::write::SymbolSection;
use purgatory_loader::{Blob, Image};

/// Offsets in the image, as in the layout tests.
const RODATA: usize = 0x40;
const DATA: u64 = 0x60;
const BSS: u64 = 0x240;

/// Below 640 KiB and above 4 GiB: addresses at which kernels load a purgatory.
const BASES: [u64; 2] = [0x9_d000, 0x1_bfff_e000];

fn u32_at(image: &Image, offset: usize) -> u32 {
    u32::from_le_bytes(image.bytes()[offset..offset + 4].try_into().unwrap())
}

fn u64_at(image: &Image, offset: usize) -> u64 {
    u64::from_le_bytes(image.bytes()[offset..offset + 8].try_into().unwrap())
}

fn place(purgatory: &Purgatory, base: u64) -> Image {
    Image::place(&Blob::parse(&purgatory.write()).unwrap(), base).unwrap()
}

#[test]
fn contents_base_and_entry() {
    for base in BASES {
        let image = place(&Purgatory::new(), base);
        assert_eq!((image.base(), image.entry()), (base, base + ENTRY));
        assert_eq!(image.bytes()[..0x14], [0x90; 0x14]);
        assert_eq!(image.bytes()[RODATA..RODATA + 8], [0x11; 8]);
        // Between .rodata and .data, between .data and .bss, and .bss.
        assert_eq!(image.bytes()[0x58..0x60], [0; 8]);
        assert!(image.bytes()[0x208..].iter().all(|byte| *byte == 0));
    }
}

#[test]
fn relative_relocations_do_not_depend_on_the_base() {
    for base in BASES {
        let image = place(&Purgatory::new(), base);
        // entry64_regs, counted from the end of the four bytes.
        assert_eq!(u64::from(u32_at(&image, 0x14)), DATA - 0x18);
        // verify.
        assert_eq!(u32_at(&image, 0x1c), 0x30 - 0x20);
    }
}

#[test]
fn a_distance_can_be_negative() {
    let mut purgatory = Purgatory::new();
    let (data, text) = (purgatory.data, purgatory.text);
    let start = purgatory.local("start", text, 0, 0);
    purgatory.relocate(data, 0, object::elf::R_X86_64_PC32, start, 0);
    let image = place(&purgatory, 0x1000);
    assert_eq!(u32_at(&image, 0x60).cast_signed(), -0x60);
}

#[test]
fn absolute_relocations_follow_the_base() {
    for base in BASES {
        let image = place(&Purgatory::new(), base);
        assert_eq!(u64_at(&image, RODATA + 8), base + BSS + BSS_SIZE - 8);
        // The adjacent bytes are unchanged.
        assert_eq!(u64_at(&image, RODATA), u64::from_le_bytes([0x11; 8]));
        assert_eq!(u64_at(&image, RODATA + 16), u64::from_le_bytes([0x11; 8]));
    }
}

#[test]
fn absolute_in_32_bits() {
    let mut purgatory = Purgatory::new();
    let (text, stack_end) = (purgatory.text, purgatory.stack_end);
    purgatory.relocate(text, 0x20, R_X86_64_32, stack_end, 1);
    purgatory.relocate(text, 0x28, R_X86_64_32S, stack_end, -1);
    let image = place(&purgatory, 0x9_d000);
    assert_eq!(u32_at(&image, 0x20), 0x9_d341);
    assert_eq!(u32_at(&image, 0x24), 0x9090_9090);
    assert_eq!(u32_at(&image, 0x28), 0x9_d33f);
    assert_eq!(u32_at(&image, 0x2c), 0x9090_9090);
}

#[test]
fn accepts_the_largest_values() {
    let mut purgatory = Purgatory::new();
    let text = purgatory.text;
    let top = purgatory.outside_sections("top", SymbolSection::Absolute, u64::from(u32::MAX));
    let high = purgatory.outside_sections("high", SymbolSection::Absolute, 0xffff_ffff_8000_0000);
    let low = purgatory.outside_sections("low", SymbolSection::Absolute, 0x7fff_ffff);
    purgatory.relocate(text, 0x20, R_X86_64_32, top, 0);
    purgatory.relocate(text, 0x24, R_X86_64_32S, high, 0);
    purgatory.relocate(text, 0x28, R_X86_64_32S, low, 0);
    let image = place(&purgatory, 0x1000);
    assert_eq!(u32_at(&image, 0x20), u32::MAX);
    assert_eq!(u32_at(&image, 0x24), 0x8000_0000);
    assert_eq!(u32_at(&image, 0x28), 0x7fff_ffff);
}

#[test]
fn absolute_symbols_do_not_move() {
    let mut purgatory = Purgatory::new();
    let text = purgatory.text;
    let number = purgatory.outside_sections("number", SymbolSection::Absolute, 0x1234);
    purgatory.relocate(text, 0x20, R_X86_64_64, number, 1);
    for base in BASES {
        assert_eq!(u64_at(&place(&purgatory, base), 0x20), 0x1235);
    }
}

#[test]
fn relocation_none_writes_nothing() {
    let mut purgatory = Purgatory::new();
    let (text, stack_end) = (purgatory.text, purgatory.stack_end);
    purgatory.relocate(text, 0x40, R_X86_64_NONE, stack_end, 0x55);
    let image = place(&purgatory, 0x1000);
    assert_eq!(image.bytes(), place(&Purgatory::new(), 0x1000).bytes());
}

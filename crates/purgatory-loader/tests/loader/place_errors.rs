//! One test for each error of placing an object.

use crate::broken::Broken;
use crate::purgatory::Purgatory;
use object::LittleEndian as Le;
use object::elf::{
    R_X86_64_32, R_X86_64_32S, R_X86_64_64, R_X86_64_NONE, R_X86_64_PC32, Rela64, SHN_COMMON,
    SHN_UNDEF,
};
use object::write::SymbolSection;
use purgatory_loader::{Blob, Image, Layout, MAX_MEMSZ, PlaceError, RelocationType};

fn error(broken: &Broken, base: u64) -> PlaceError {
    Image::place(&Blob::parse(&broken.bytes).unwrap(), base).unwrap_err()
}

#[test]
fn rejects_a_large_image() {
    let mut broken = Broken::new();
    let section = broken.id(".bss");
    // .bss starts at 0x240.
    for size in [MAX_MEMSZ - 0x240 + 1, u64::MAX] {
        broken.section(".bss").sh_size.set(Le, size);
        let expected = PlaceError::TooLarge { section: section.clone(), size, alignment: 64 };
        assert_eq!(error(&broken, 0), expected);
    }
    broken.section(".bss").sh_size.set(Le, MAX_MEMSZ - 0x240);
    assert!(Layout::of(&Blob::parse(&broken.bytes).unwrap()).is_ok());
}

#[test]
fn rejects_an_image_that_is_large_by_alignment() {
    for name in [".data", ".bss"] {
        let mut broken = Broken::new();
        broken.section(name).sh_addralign.set(Le, 1 << 63);
        let size = broken.section(name).sh_size.get(Le);
        let section = broken.id(name);
        let expected = PlaceError::TooLarge { section, size, alignment: 1 << 63 };
        assert_eq!(error(&broken, 0), expected);
    }
}

#[test]
fn rejects_a_misaligned_address() {
    let broken = Broken::new();
    let expected = PlaceError::Misaligned { base: 0x1020, alignment: 64 };
    assert_eq!(error(&broken, 0x1020), expected);
}

#[test]
fn rejects_an_image_past_the_end_of_the_address_space() {
    let broken = Broken::new();
    let base = u64::MAX - 0x33f;
    assert_eq!(base % 64, 0);
    assert_eq!(error(&broken, base), PlaceError::Wraps { base, memsz: 0x340 });
    let blob = Blob::parse(&broken.bytes).unwrap();
    assert!(Image::place(&blob, base - 64).is_ok());
}

#[test]
fn rejects_an_undefined_symbol() {
    let mut broken = Broken::new();
    let symbol = broken.symbol("stack_end");
    symbol.st_shndx.set(Le, SHN_UNDEF);
    let expected = PlaceError::UndefinedSymbol {
        section: broken.id(".rodata"),
        offset: 8,
        name: "stack_end".into(),
    };
    assert_eq!(error(&broken, 0), expected);
}

#[test]
fn rejects_the_null_symbol_even_without_a_patch() {
    let mut broken = Broken::new();
    broken.relocation(".rela.text", 0).r_info = Rela64::r_info(Le, false, 0, R_X86_64_NONE);
    let expected = PlaceError::UndefinedSymbol {
        section: broken.id(".text"),
        offset: 0x14,
        name: String::new(),
    };
    assert_eq!(error(&broken, 0), expected);
}

#[test]
fn rejects_a_common_symbol() {
    let mut broken = Broken::new();
    broken.symbol("stack_end").st_shndx.set(Le, SHN_COMMON);
    let expected = PlaceError::CommonSymbol {
        section: broken.id(".rodata"),
        offset: 8,
        name: "stack_end".into(),
    };
    assert_eq!(error(&broken, 0), expected);
}

#[test]
fn rejects_an_unloaded_symbol() {
    let mut purgatory = Purgatory::new();
    let text = purgatory.text;
    let (_, line) = purgatory.unloaded();
    purgatory.relocate(text, 0x20, R_X86_64_64, line, 0);
    let broken = Broken::of(&purgatory);
    let expected = PlaceError::UnloadedSymbol {
        section: broken.id(".text"),
        offset: 0x20,
        name: "line".into(),
        defined_in: broken.id(".debug"),
    };
    assert_eq!(error(&broken, 0), expected);
}

#[test]
fn rejects_an_overflow() {
    let cases = [
        (R_X86_64_32, RelocationType::Abs32, 0x1_0000_0000),
        (R_X86_64_32, RelocationType::Abs32, 0xffff_ffff_8000_0000),
        (R_X86_64_32S, RelocationType::Abs32Signed, 0x8000_0000),
        (R_X86_64_32S, RelocationType::Abs32Signed, 0xffff_ffff_7fff_ffff),
        (R_X86_64_PC32, RelocationType::Pc32, 0x8000_1020),
    ];
    for (elf, kind, value) in cases {
        let mut purgatory = Purgatory::new();
        let text = purgatory.text;
        let far = purgatory.outside_sections("far", SymbolSection::Absolute, value);
        purgatory.relocate(text, 0x20, elf, far, 0);
        let broken = Broken::of(&purgatory);
        let expected = PlaceError::Overflow {
            section: broken.id(".text"),
            offset: 0x20,
            kind,
            name: "far".into(),
            value,
        };
        assert_eq!(error(&broken, 0x1000), expected);
        assert!(error(&broken, 0x1000).to_string().contains(&kind.to_string()));
    }
}

#[test]
fn rejects_an_overflow_only_above_4_gib() {
    let mut purgatory = Purgatory::new();
    let (text, stack_end) = (purgatory.text, purgatory.stack_end);
    purgatory.relocate(text, 0x20, R_X86_64_32, stack_end, 0);
    let broken = Broken::of(&purgatory);
    let blob = Blob::parse(&broken.bytes).unwrap();
    assert!(Image::place(&blob, 0xffff_f000).is_ok());
    assert!(matches!(error(&broken, 0x1_0000_0000), PlaceError::Overflow { .. }));
}

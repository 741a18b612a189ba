//! Relocations.

use super::error;
use crate::broken::Broken;
use crate::purgatory::Purgatory;
use object::LittleEndian as Le;
use object::elf::{R_X86_64_GOTPCREL, R_X86_64_PC32, Rela64, SHT_NOBITS, SHT_REL};
use purgatory_loader::{Blob, ElfError};

#[test]
fn rejects_a_missing_target_section() {
    let mut broken = Broken::new();
    broken.section(".rela.text").sh_info.set(Le, 77);
    let expected = ElfError::RelocationTarget { section: broken.id(".rela.text"), target: 77 };
    assert_eq!(error(&broken), expected);
}

#[test]
fn rejects_another_symbol_table() {
    let strings = Broken::new().id(".strtab").index as u32;
    for link in [0, strings, u32::MAX] {
        let mut broken = Broken::new();
        broken.section(".rela.text").sh_link.set(Le, link);
        let section = broken.id(".rela.text");
        assert_eq!(error(&broken), ElfError::RelocationSymbolTable { section, link });
    }
}

#[test]
fn rejects_relocations_without_addends() {
    let mut broken = Broken::new();
    broken.section(".rela.text").sh_type.set(Le, SHT_REL);
    let expected =
        ElfError::NoAddends { section: broken.id(".rela.text"), target: broken.id(".text") };
    assert_eq!(error(&broken), expected);
}

#[test]
fn rejects_relocations_of_a_section_without_bytes() {
    let mut broken = Broken::new();
    broken.section(".rodata").sh_type.set(Le, SHT_NOBITS);
    let expected = ElfError::NothingToRelocate {
        section: broken.id(".rela.rodata"),
        target: broken.id(".rodata"),
    };
    assert_eq!(error(&broken), expected);
}

#[test]
fn rejects_an_unknown_relocation_type() {
    let mut broken = Broken::new();
    let entry = broken.relocation(".rela.text", 1);
    let symbol = entry.r_sym(Le, false);
    entry.r_info = Rela64::r_info(Le, false, symbol, R_X86_64_GOTPCREL);
    let expected = ElfError::RelocationType {
        section: broken.id(".rela.text"),
        offset: broken.entry_offset::<Rela64<Le>>(".rela.text", 1),
        kind: 9,
    };
    assert_eq!(error(&broken), expected);
}

#[test]
fn ignores_relocations_of_unloaded_sections() {
    let mut purgatory = Purgatory::new();
    let (debug, line) = purgatory.unloaded();
    purgatory.relocate(debug, 0, R_X86_64_GOTPCREL, line, 0);
    let bytes = purgatory.write();
    assert_eq!(Blob::parse(&bytes).unwrap().relocations().len(), 3);
}

#[test]
fn rejects_a_missing_symbol() {
    let mut broken = Broken::new();
    let count = Blob::parse(&broken.bytes).unwrap().symbols().len() as u32;
    for symbol in [count, u32::MAX] {
        let info = Rela64::r_info(Le, false, symbol, R_X86_64_PC32);
        broken.relocation(".rela.text", 0).r_info = info;
        let expected = ElfError::RelocationSymbol {
            section: broken.id(".rela.text"),
            offset: broken.entry_offset::<Rela64<Le>>(".rela.text", 0),
            symbol,
        };
        assert_eq!(error(&broken), expected);
    }
}

#[test]
fn rejects_a_relocation_outside_its_section() {
    for place in [0x3d, 0x40, u64::MAX - 2] {
        let mut broken = Broken::new();
        broken.relocation(".rela.text", 0).r_offset.set(Le, place);
        let expected = ElfError::RelocationOutsideSection {
            section: broken.id(".rela.text"),
            offset: broken.entry_offset::<Rela64<Le>>(".rela.text", 0),
            place,
            target: broken.id(".text"),
        };
        assert_eq!(error(&broken), expected);
    }
}

#[test]
fn accepts_a_relocation_at_the_end_of_its_section() {
    let mut broken = Broken::new();
    broken.relocation(".rela.text", 0).r_offset.set(Le, 0x3c);
    assert!(Blob::parse(&broken.bytes).is_ok());
}

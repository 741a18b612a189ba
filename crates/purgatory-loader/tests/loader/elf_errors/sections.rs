//! Section headers, names and contents.

use super::error;
use crate::broken::Broken;
use object::LittleEndian as Le;
use object::elf::{SHF_ALLOC, SymbolSection};
use purgatory_loader::{Blob, ElfError, SectionId};

#[test]
fn rejects_a_missing_name_table() {
    let mut broken = Broken::new();
    let count = broken.header().e_shnum.get(Le);
    for index in [count, 0xffff, 0] {
        broken.header().e_shstrndx.set(Le, SymbolSection(index));
        assert_eq!(error(&broken), ElfError::SectionNameTable { index: index.into() });
    }
}

#[test]
fn rejects_a_name_table_outside_the_file() {
    let mut broken = Broken::new();
    let index = broken.id(".shstrtab").index;
    broken.section_at(index).sh_offset.set(Le, u64::MAX);
    assert_eq!(error(&broken), ElfError::SectionNameTable { index });
}

#[test]
fn rejects_a_name_outside_the_table() {
    let mut broken = Broken::new();
    let index = broken.id(".data").index;
    broken.section_at(index).sh_name.set(Le, 0x1_0000);
    assert_eq!(error(&broken), ElfError::SectionName { index, offset: 0x1_0000 });
}

#[test]
fn rejects_a_name_that_is_not_text() {
    let mut broken = Broken::new();
    let index = broken.id(".data").index;
    let offset = broken.section_at(index).sh_name.get(Le);
    let names = broken.entry_offset::<u8>(".shstrtab", 0);
    broken.bytes[names + offset as usize] = 0xff;
    assert_eq!(error(&broken), ElfError::SectionName { index, offset });
}

#[test]
fn rejects_a_section_outside_the_file() {
    let mut broken = Broken::new();
    let section = broken.id(".rodata");
    let len = broken.bytes.len() as u64;
    for (offset, size) in [(len - 4, 5), (u64::MAX, 2), (0, u64::MAX), (len + 1, 1)] {
        let header = broken.section_at(section.index);
        header.sh_offset.set(Le, offset);
        header.sh_size.set(Le, size);
        let section = section.clone();
        assert_eq!(error(&broken), ElfError::SectionOutsideFile { section, offset, size });
    }
}

#[test]
fn null_section_has_contents_only_if_loaded() {
    let mut broken = Broken::new();
    let null = broken.section_at(0);
    null.sh_offset.set(Le, u64::MAX);
    null.sh_size.set(Le, 1);
    null.sh_addralign.set(Le, 1);
    assert!(Blob::parse(&broken.bytes).is_ok());
    broken.section_at(0).sh_flags.set(Le, SHF_ALLOC);
    let section = SectionId { index: 0, name: String::new() };
    let expected = ElfError::SectionOutsideFile { section, offset: u64::MAX, size: 1 };
    assert_eq!(error(&broken), expected);
    assert!(expected.to_string().starts_with("section 0: "));
}

#[test]
fn rejects_overlapping_sections() {
    let mut broken = Broken::new();
    let text = broken.section(".text").sh_offset.get(Le);
    broken.section(".rodata").sh_offset.set(Le, text + 1);
    let expected = ElfError::SectionsOverlap {
        section: broken.id(".rodata"),
        other: broken.id(".text"),
        offset: text as usize + 1,
    };
    assert_eq!(error(&broken), expected);
}

#[test]
fn rejects_an_invalid_alignment() {
    let mut broken = Broken::new();
    let section = broken.id(".data");
    for alignment in [0, 3, 24, u64::MAX] {
        broken.section_at(section.index).sh_addralign.set(Le, alignment);
        let section = section.clone();
        assert_eq!(error(&broken), ElfError::Alignment { section, alignment });
    }
}

#[test]
fn ignores_the_alignment_of_unloaded_sections() {
    let mut broken = Broken::new();
    broken.section(".strtab").sh_addralign.set(Le, 0);
    assert!(Blob::parse(&broken.bytes).is_ok());
}

//! One test for each way in which an object file can be broken.

use crate::broken::Broken;
use crate::purgatory::Purgatory;
use object::LittleEndian as Le;
use object::SectionKind;
use object::elf::{
    DataEncoding, ELFCLASS32, EM_386, ET_EXEC, FileClass, FileVersion, R_X86_64_GOTPCREL,
    R_X86_64_PC32, Rela64, SHT_NOBITS, SHT_NOTE, SHT_PROGBITS, SHT_REL, SHT_SYMTAB, Sym64,
    SymbolSection,
};
use purgatory_loader::{Blob, ElfError};

fn error(broken: &Broken) -> ElfError {
    Blob::parse(&broken.bytes).unwrap_err()
}

#[test]
fn a_valid_object_parses() {
    let bytes = Purgatory::new().write();
    let blob = Blob::parse(&bytes).unwrap();
    assert_eq!(blob.bytes(), bytes);
    assert_eq!(blob.relocations().len(), 3);
    let loaded: Vec<_> = blob.loaded_sections().map(|section| section.name).collect();
    assert_eq!(loaded, [".text", ".rodata", ".data", ".bss"]);
}

#[test]
fn bytes_behind_the_object_are_not_its_own() {
    let object = Purgatory::new().write();
    let mut longer = object.clone();
    longer.extend([0xff; 100]);
    assert_eq!(Blob::parse(&longer).unwrap().bytes(), object);
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = Purgatory::new().write();
    for len in 0..bytes.len() {
        assert!(Blob::parse(&bytes[..len]).is_err(), "{len} of {} bytes", bytes.len());
    }
}

#[test]
fn header_truncated() {
    let bytes = Purgatory::new().write();
    assert_eq!(Blob::parse(&bytes[..63]).unwrap_err(), ElfError::HeaderTruncated { len: 63 });
}

#[test]
fn magic() {
    let mut broken = Broken::new();
    broken.bytes[3] = b'G';
    assert_eq!(error(&broken), ElfError::Magic { found: *b"\x7fELG" });
}

#[test]
fn class() {
    let mut broken = Broken::new();
    broken.header().e_ident.class = ELFCLASS32;
    assert_eq!(error(&broken), ElfError::Class { found: 1 });
    broken.header().e_ident.class = FileClass(3);
    assert_eq!(error(&broken), ElfError::Class { found: 3 });
}

#[test]
fn encoding() {
    let mut broken = Broken::new();
    broken.header().e_ident.data = DataEncoding(2);
    assert_eq!(error(&broken), ElfError::Encoding { found: 2 });
}

#[test]
fn ident_version() {
    let mut broken = Broken::new();
    broken.header().e_ident.version = FileVersion(0);
    assert_eq!(error(&broken), ElfError::IdentVersion { found: 0 });
}

#[test]
fn file_type() {
    let mut broken = Broken::new();
    broken.header().e_type.set(Le, ET_EXEC);
    assert_eq!(error(&broken), ElfError::Type { found: 2 });
}

#[test]
fn machine() {
    let mut broken = Broken::new();
    broken.header().e_machine.set(Le, EM_386);
    assert_eq!(error(&broken), ElfError::Machine { found: 3 });
}

#[test]
fn version() {
    let mut broken = Broken::new();
    broken.header().e_version.set(Le, 0x101);
    assert_eq!(error(&broken), ElfError::Version { found: 0x101 });
}

#[test]
fn header_size() {
    let mut broken = Broken::new();
    broken.header().e_ehsize.set(Le, 52);
    assert_eq!(error(&broken), ElfError::HeaderSize { found: 52 });
}

#[test]
fn section_header_size() {
    let mut broken = Broken::new();
    broken.header().e_shentsize.set(Le, 40);
    assert_eq!(error(&broken), ElfError::SectionHeaderSize { found: 40 });
}

#[test]
fn no_sections() {
    let mut broken = Broken::new();
    broken.header().e_shnum.set(Le, 0);
    assert_eq!(error(&broken), ElfError::NoSections);
}

#[test]
fn section_table_outside_file() {
    let mut broken = Broken::new();
    let (len, count) = (broken.bytes.len(), broken.header().e_shnum.get(Le));
    for offset in [len as u64 - 63, len as u64 + 1, u64::MAX] {
        broken.header().e_shoff.set(Le, offset);
        let expected = ElfError::SectionTableOutsideFile { offset, count, len };
        assert_eq!(error(&broken), expected);
    }
}

#[test]
fn section_name_table() {
    let mut broken = Broken::new();
    let count = broken.header().e_shnum.get(Le);
    for index in [count, 0xffff, 0] {
        broken.header().e_shstrndx.set(Le, SymbolSection(index));
        assert_eq!(error(&broken), ElfError::SectionNameTable { index: index.into() });
    }
}

#[test]
fn section_name_table_outside_file() {
    let mut broken = Broken::new();
    let index = broken.id(".shstrtab").index;
    broken.section_at(index).sh_offset.set(Le, u64::MAX);
    assert_eq!(error(&broken), ElfError::SectionNameTable { index });
}

#[test]
fn section_name() {
    let mut broken = Broken::new();
    let index = broken.id(".data").index;
    broken.section_at(index).sh_name.set(Le, 0x1_0000);
    assert_eq!(error(&broken), ElfError::SectionName { index, offset: 0x1_0000 });
}

#[test]
fn section_name_that_is_not_text() {
    let mut broken = Broken::new();
    let index = broken.id(".data").index;
    let offset = broken.section_at(index).sh_name.get(Le);
    let names = broken.entry_offset::<u8>(".shstrtab", 0);
    broken.bytes[names + offset as usize] = 0xff;
    assert_eq!(error(&broken), ElfError::SectionName { index, offset });
}

#[test]
fn section_outside_file() {
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
fn sections_overlap() {
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
fn alignment() {
    let mut broken = Broken::new();
    let section = broken.id(".data");
    for alignment in [0, 3, 24, u64::MAX] {
        broken.section_at(section.index).sh_addralign.set(Le, alignment);
        let section = section.clone();
        assert_eq!(error(&broken), ElfError::Alignment { section, alignment });
    }
}

#[test]
fn alignment_of_a_section_that_is_not_loaded_does_not_matter() {
    let mut broken = Broken::new();
    broken.section(".strtab").sh_addralign.set(Le, 0);
    assert!(Blob::parse(&broken.bytes).is_ok());
}

#[test]
fn no_symbol_table() {
    let mut broken = Broken::new();
    broken.section(".symtab").sh_type.set(Le, SHT_NOTE);
    assert_eq!(error(&broken), ElfError::NoSymbolTable);
}

#[test]
fn second_symbol_table() {
    let mut broken = Broken::new();
    broken.section(".strtab").sh_type.set(Le, SHT_SYMTAB);
    let expected = ElfError::SecondSymbolTable { section: broken.id(".strtab") };
    assert_eq!(error(&broken), expected);
}

#[test]
fn symbol_table_link() {
    let mut broken = Broken::new();
    let text = broken.id(".text").index as u32;
    for link in [text, u32::MAX] {
        broken.section(".symtab").sh_link.set(Le, link);
        let section = broken.id(".symtab");
        assert_eq!(error(&broken), ElfError::SymbolTableLink { section, link });
    }
}

#[test]
fn entry_size() {
    for table in [".symtab", ".rela.text"] {
        let mut broken = Broken::new();
        broken.section(table).sh_entsize.set(Le, 16);
        let expected = ElfError::EntrySize { section: broken.id(table), found: 16, expected: 24 };
        assert_eq!(error(&broken), expected);
    }
}

#[test]
fn partial_entry() {
    for table in [".symtab", ".rela.text"] {
        let mut broken = Broken::new();
        let size = broken.section(table).sh_size.get(Le) - 1;
        broken.section(table).sh_size.set(Le, size);
        let expected =
            ElfError::PartialEntry { section: broken.id(table), size: size as usize, expected: 24 };
        assert_eq!(error(&broken), expected);
    }
}

#[test]
fn symbol_name() {
    let mut broken = Broken::new();
    let index = broken.symbol_index("stack_end");
    broken.symbol("stack_end").st_name.set(Le, 0xffff);
    let expected = ElfError::SymbolName {
        section: broken.id(".symtab"),
        offset: broken.entry_offset::<Sym64<Le>>(".symtab", index),
        index,
        name: 0xffff,
    };
    assert_eq!(error(&broken), expected);
}

#[test]
fn symbol_name_too_long() {
    let with_name = |len: usize| {
        let mut purgatory = Purgatory::new();
        let data = purgatory.data;
        purgatory.global(&"n".repeat(len), data, 0, 0);
        purgatory.write()
    };
    assert!(Blob::parse(&with_name(1024)).is_ok());
    let bytes = with_name(1025);
    let error = Blob::parse(&bytes).unwrap_err();
    assert!(matches!(error, ElfError::SymbolName { .. }), "{error}");
}

#[test]
fn symbol_section() {
    for index in [100, 0xff00, 0xffff] {
        let mut broken = Broken::new();
        let symbol = broken.symbol_index("stack_end");
        broken.symbol("stack_end").st_shndx.set(Le, SymbolSection(index));
        let expected = ElfError::SymbolSection {
            section: broken.id(".symtab"),
            offset: broken.entry_offset::<Sym64<Le>>(".symtab", symbol),
            name: "stack_end".into(),
            index,
        };
        assert_eq!(error(&broken), expected);
    }
}

#[test]
fn symbol_outside_section() {
    for (value, size) in [(0, 425), (424, 1), (u64::MAX, 1), (1, u64::MAX)] {
        let mut broken = Broken::new();
        let index = broken.symbol_index("entry64_regs");
        let symbol = broken.symbol("entry64_regs");
        symbol.st_value.set(Le, value);
        symbol.st_size.set(Le, size);
        let expected = ElfError::SymbolOutsideSection {
            section: broken.id(".data"),
            offset: broken.entry_offset::<Sym64<Le>>(".symtab", index),
            name: "entry64_regs".into(),
            value,
            size,
        };
        assert_eq!(error(&broken), expected);
    }
}

#[test]
fn relocation_target() {
    let mut broken = Broken::new();
    broken.section(".rela.text").sh_info.set(Le, 77);
    let expected = ElfError::RelocationTarget { section: broken.id(".rela.text"), target: 77 };
    assert_eq!(error(&broken), expected);
}

#[test]
fn relocation_symbol_table() {
    let strings = Broken::new().id(".strtab").index as u32;
    for link in [0, strings, u32::MAX] {
        let mut broken = Broken::new();
        broken.section(".rela.text").sh_link.set(Le, link);
        let section = broken.id(".rela.text");
        assert_eq!(error(&broken), ElfError::RelocationSymbolTable { section, link });
    }
}

#[test]
fn no_addends() {
    let mut broken = Broken::new();
    broken.section(".rela.text").sh_type.set(Le, SHT_REL);
    let expected =
        ElfError::NoAddends { section: broken.id(".rela.text"), target: broken.id(".text") };
    assert_eq!(error(&broken), expected);
}

#[test]
fn nothing_to_relocate() {
    let mut broken = Broken::new();
    broken.section(".rodata").sh_type.set(Le, SHT_NOBITS);
    let expected = ElfError::NothingToRelocate {
        section: broken.id(".rela.rodata"),
        target: broken.id(".rodata"),
    };
    assert_eq!(error(&broken), expected);
}

#[test]
fn relocation_type() {
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
fn relocations_of_what_is_not_loaded_are_not_read() {
    let mut purgatory = Purgatory::new();
    let debug = purgatory.object.add_section(vec![], b".debug".to_vec(), SectionKind::Debug);
    purgatory.object.append_section_data(debug, &[0; 8], 1);
    let stack_end = purgatory.stack_end;
    purgatory.relocate(debug, 0, R_X86_64_GOTPCREL, stack_end, 0);
    let bytes = purgatory.write();
    assert_eq!(Blob::parse(&bytes).unwrap().relocations().len(), 3);
}

#[test]
fn relocation_symbol() {
    let mut broken = Broken::new();
    broken.relocation(".rela.text", 0).r_info = Rela64::r_info(Le, false, 1000, R_X86_64_PC32);
    let expected = ElfError::RelocationSymbol {
        section: broken.id(".rela.text"),
        offset: broken.entry_offset::<Rela64<Le>>(".rela.text", 0),
        symbol: 1000,
    };
    assert_eq!(error(&broken), expected);
}

#[test]
fn relocation_outside_section() {
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
fn relocation_at_the_end_of_its_section() {
    let mut broken = Broken::new();
    broken.relocation(".rela.text", 0).r_offset.set(Le, 0x3c);
    assert!(Blob::parse(&broken.bytes).is_ok());
}

#[test]
fn entry_outside_code() {
    let mut broken = Broken::new();
    broken.header().e_entry.set(Le, 0x40);
    assert_eq!(error(&broken), ElfError::EntryOutsideCode { entry: 0x40 });
    broken.header().e_entry.set(Le, 0x3f);
    assert!(Blob::parse(&broken.bytes).is_ok());
    broken.section(".text").sh_flags.set(Le, object::elf::SHF_ALLOC);
    assert_eq!(error(&broken), ElfError::EntryOutsideCode { entry: 0x3f });
}

#[test]
fn messages_name_section_and_offset() {
    let mut broken = Broken::new();
    broken.section(".rela.text").sh_type.set(Le, SHT_PROGBITS);
    assert!(Blob::parse(&broken.bytes).is_ok());
    let mut broken = Broken::new();
    broken.relocation(".rela.text", 0).r_offset.set(Le, 0x100);
    let offset = broken.entry_offset::<Rela64<Le>>(".rela.text", 0);
    let (table, text) = (broken.id(".rela.text").index, broken.id(".text").index);
    assert_eq!(
        error(&broken).to_string(),
        format!(
            "section {table} (.rela.text), offset {offset:#x}: the place to relocate, 0x100, is not inside section {text} (.text)"
        ),
    );
}

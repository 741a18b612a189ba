//! The symbol table.

use super::error;
use crate::broken::Broken;
use crate::purgatory::Purgatory;
use object::LittleEndian as Le;
use object::elf::{SHT_NOTE, SHT_SYMTAB, Sym64, SymbolSection};
use purgatory_loader::{Blob, ElfError};

#[test]
fn rejects_a_missing_symbol_table() {
    let mut broken = Broken::new();
    broken.section(".symtab").sh_type.set(Le, SHT_NOTE);
    assert_eq!(error(&broken), ElfError::NoSymbolTable);
}

#[test]
fn rejects_a_second_symbol_table() {
    let mut broken = Broken::new();
    broken.section(".strtab").sh_type.set(Le, SHT_SYMTAB);
    let expected = ElfError::SecondSymbolTable { section: broken.id(".strtab") };
    assert_eq!(error(&broken), expected);
}

#[test]
fn rejects_an_invalid_link() {
    let mut broken = Broken::new();
    let text = broken.id(".text").index as u32;
    for link in [text, u32::MAX] {
        broken.section(".symtab").sh_link.set(Le, link);
        let section = broken.id(".symtab");
        assert_eq!(error(&broken), ElfError::SymbolTableLink { section, link });
    }
}

#[test]
fn rejects_another_entry_size() {
    for table in [".symtab", ".rela.text"] {
        let mut broken = Broken::new();
        broken.section(table).sh_entsize.set(Le, 16);
        let expected = ElfError::EntrySize { section: broken.id(table), found: 16, expected: 24 };
        assert_eq!(error(&broken), expected);
    }
}

#[test]
fn rejects_a_partial_entry() {
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
fn rejects_a_name_outside_the_table() {
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
fn rejects_a_long_name() {
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
fn rejects_a_missing_section() {
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
fn rejects_a_symbol_outside_its_section() {
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

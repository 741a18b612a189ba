//! The symbol table.

use super::names::name_at;
use super::{ElfError, Section};
use alloc::vec::Vec;
use object::LittleEndian as Le;
use object::elf::{
    SHN_ABS, SHN_COMMON, SHN_UNDEF, SHT_STRTAB, SHT_SYMTAB, STB_GLOBAL, STB_LOCAL, STB_WEAK, Sym64,
};
use object::pod;

/// A symbol of the object.
#[derive(Clone, Copy, Debug)]
pub struct Symbol<'a> {
    /// Its name; empty for the null symbol and for section symbols.
    pub name: &'a str,
    /// Its binding.
    pub binding: Binding,
    /// The place of its definition.
    pub place: SymbolPlace,
    /// Offset in its section, or the value of an absolute symbol.
    pub value: u64,
    /// Bytes.
    pub size: u64,
}

/// The visibility of a symbol. The kernel uses only global symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// `STB_LOCAL`.
    Local,
    /// `STB_GLOBAL`.
    Global,
    /// `STB_WEAK`.
    Weak,
    /// Any other `STB_*` value.
    Other(u8),
}

/// The place of a symbol's definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolPlace {
    /// Not defined: `SHN_UNDEF`.
    Undefined,
    /// An absolute value: `SHN_ABS`.
    Absolute,
    /// Not allocated; a linker would allocate it: `SHN_COMMON`.
    Common,
    /// The section with this index.
    Section(usize),
}

/// Returns the index of the only symbol table.
pub(super) fn table_index(sections: &[Section<'_>]) -> Result<usize, ElfError> {
    let mut tables = sections.iter().filter(|section| section.header.sh_type.get(Le) == SHT_SYMTAB);
    let table = tables.next().ok_or(ElfError::NoSymbolTable)?;
    match tables.next() {
        Some(second) => Err(ElfError::SecondSymbolTable { section: second.id() }),
        None => Ok(table.index),
    }
}

/// Reads all symbols of the table.
pub(super) fn read_all<'a>(
    sections: &[Section<'a>],
    table: usize,
) -> Result<Vec<Symbol<'a>>, ElfError> {
    let table = &sections[table];
    let link = table.header.sh_link.get(Le);
    let names = usize::try_from(link)
        .ok()
        .and_then(|link| sections.get(link))
        .filter(|names| names.header.sh_type.get(Le) == SHT_STRTAB)
        .ok_or_else(|| ElfError::SymbolTableLink { section: table.id(), link })?;

    entries::<Sym64<Le>>(table)?
        .iter()
        .enumerate()
        .map(|(index, symbol)| read(sections, table, names.contents, index, symbol))
        .collect()
}

fn read<'a>(
    sections: &[Section<'a>],
    table: &Section<'a>,
    names: &'a [u8],
    index: usize,
    symbol: &Sym64<Le>,
) -> Result<Symbol<'a>, ElfError> {
    let offset = table.entry_offset::<Sym64<Le>>(index);
    let name = match symbol.st_name.get(Le) {
        // Offset 0 means no name, even if the string table is empty.
        0 => "",
        start => name_at(names, start).ok_or_else(|| ElfError::SymbolName {
            section: table.id(),
            offset,
            index,
            name: start,
        })?,
    };
    let (value, size) = (symbol.st_value.get(Le), symbol.st_size.get(Le));
    let place = match symbol.st_shndx.get(Le) {
        SHN_UNDEF => SymbolPlace::Undefined,
        SHN_ABS => SymbolPlace::Absolute,
        SHN_COMMON => SymbolPlace::Common,
        section => {
            let section = sections.get(usize::from(section.0)).ok_or_else(|| {
                let name = name.into();
                ElfError::SymbolSection { section: table.id(), offset, name, index: section.0 }
            })?;
            if value.checked_add(size).is_none_or(|end| end > section.size) {
                let name = name.into();
                return Err(ElfError::SymbolOutsideSection {
                    section: section.id(),
                    offset,
                    name,
                    value,
                    size,
                });
            }
            SymbolPlace::Section(section.index)
        }
    };
    let binding = match symbol.st_bind() {
        STB_LOCAL => Binding::Local,
        STB_GLOBAL => Binding::Global,
        STB_WEAK => Binding::Weak,
        other => Binding::Other(other.0),
    };
    Ok(Symbol { name, binding, place, value, size })
}

/// Returns a section's contents as a table of `T`.
pub(super) fn entries<'a, T: pod::Pod>(section: &Section<'a>) -> Result<&'a [T], ElfError> {
    let found = section.header.sh_entsize.get(Le);
    let expected = size_of::<T>();
    if usize::try_from(found) != Ok(expected) {
        return Err(ElfError::EntrySize { section: section.id(), found, expected });
    }
    pod::slice_from_all_bytes(section.contents).map_err(|()| ElfError::PartialEntry {
        section: section.id(),
        size: section.contents.len(),
        expected,
    })
}

impl Section<'_> {
    /// Returns the file offset of entry `index` of a table of `T`.
    pub(super) fn entry_offset<T>(&self, index: usize) -> usize {
        self.file_offset + index * size_of::<T>()
    }
}

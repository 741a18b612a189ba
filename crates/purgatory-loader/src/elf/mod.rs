//! The object file: a zero-copy view of an `ET_REL` file, with every index and range checked.
//!
//! Source: System V ABI, chapter 4 (object files), and its AMD64 supplement.

mod error;
mod header;
mod names;
mod relocation;
mod section;
mod symbol;

pub use error::{ElfError, SectionId};
pub use relocation::{Relocation, RelocationType};
pub use section::Section;
pub use symbol::{Binding, Symbol, SymbolPlace};

use alloc::vec::Vec;

/// A parsed and checked relocatable object.
///
/// It borrows the sections' contents and all names from the parsed bytes.
///
/// ```
/// use purgatory_loader::{Blob, ElfError};
///
/// /// Returns the names of the loaded sections.
/// fn loaded(object: &[u8]) -> Result<Vec<String>, ElfError> {
///     let blob = Blob::parse(object)?;
///     Ok(blob.loaded_sections().map(|section| section.name.to_string()).collect())
/// }
///
/// assert_eq!(loaded(b"\x7fELF"), Err(ElfError::HeaderTruncated { len: 4 }));
/// ```
#[derive(Clone, Debug)]
pub struct Blob<'a> {
    bytes: &'a [u8],
    sections: Vec<Section<'a>>,
    symbols: Vec<Symbol<'a>>,
    relocations: Vec<Relocation>,
    entry: Entry,
}

/// The section of the entry point, and the offset of the entry point in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) section: usize,
    pub(crate) offset: u64,
}

impl<'a> Blob<'a> {
    /// Parses the object at the start of `bytes`, and ignores all trailing bytes.
    ///
    /// # Errors
    ///
    /// Returns the first defect that it finds, see [`ElfError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ElfError> {
        let header = header::read(bytes)?;
        let sections = section::read_all(bytes, &header)?;
        let symbol_table = symbol::table_index(&sections)?;
        let symbols = symbol::read_all(&sections, symbol_table)?;
        let relocations = relocation::read_all(&sections, symbol_table, symbols.len())?;
        let entry = entry(&sections, header.entry)?;
        let bytes = &bytes[..file_size(&header, &sections)];
        Ok(Self { bytes, sections, symbols, relocations, entry })
    }

    /// Returns the bytes of the object: up to the end of its last section or of its section header table.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns all sections in header order, with the null section: a section's index in this slice is its ELF index.
    pub fn sections(&self) -> &[Section<'a>] {
        &self.sections
    }

    /// Returns the loaded sections (`SHF_ALLOC`), in header order.
    pub fn loaded_sections(&self) -> impl Iterator<Item = &Section<'a>> {
        self.sections.iter().filter(|section| section.loaded)
    }

    /// Returns all symbols, with the null symbol: a symbol's index in this slice is its ELF index.
    pub fn symbols(&self) -> &[Symbol<'a>] {
        &self.symbols
    }

    /// Returns the first `STB_GLOBAL` symbol with this name, as the kernel does (`kexec_purgatory_find_symbol`).
    pub fn global(&self, name: &str) -> Option<&Symbol<'a>> {
        self.symbols.iter().find(|symbol| symbol.binding == Binding::Global && symbol.name == name)
    }

    /// Returns whether one of the sections defines a global symbol with this name.
    pub(crate) fn defines(&self, name: &str) -> bool {
        self.global(name).is_some_and(|symbol| matches!(symbol.place, SymbolPlace::Section(_)))
    }

    /// Returns the relocations of all loaded sections, in the order of application.
    pub fn relocations(&self) -> &[Relocation] {
        &self.relocations
    }

    pub(crate) fn entry(&self) -> Entry {
        self.entry
    }
}

/// Finds the entry point as the kernel does: `e_entry` counts from the first executable section that contains it
/// (`kexec_purgatory_setup_sechdrs`).
fn entry(sections: &[Section<'_>], address: u64) -> Result<Entry, ElfError> {
    sections
        .iter()
        .filter(|section| section.loaded && section.executable && !section.nobits)
        .find_map(|section| {
            let offset = address.checked_sub(section.address)?;
            (offset < section.size).then_some(Entry { section: section.index, offset })
        })
        .ok_or(ElfError::EntryOutsideCode { entry: address })
}

/// Returns the number of bytes that the headers at the start of `bytes` claim. Parsing reads no more than these.
pub(crate) fn claimed(bytes: &[u8]) -> usize {
    let Ok(header) = header::read(bytes) else { return 0 };
    let contents = header.sections.iter().filter_map(|section| section::file_range(bytes, section));
    contents.map(|range| range.len()).fold(size_of_val(header.sections), usize::saturating_add)
}

/// Returns the end of the last section or table in the file. All ends were checked to be inside the file.
fn file_size(header: &header::Header<'_>, sections: &[Section<'_>]) -> usize {
    let contents = sections.iter().map(Section::file_end).max().unwrap_or(0);
    contents.max(header.section_table_end)
}

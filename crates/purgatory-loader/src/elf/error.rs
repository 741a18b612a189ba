//! Errors of object files.

use super::names::MAX_NAME;
use alloc::string::String;
use core::fmt;
use thiserror::Error;

/// A section's name in errors: index and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionId {
    /// Its index in the section header table.
    pub index: usize,
    /// Its name, empty if it has none.
    pub name: String,
}

impl fmt::Display for SectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "section {}", self.index)?;
        if self.name.is_empty() { Ok(()) } else { write!(f, " ({})", self.name) }
    }
}

/// The reason why bytes are not a purgatory object. `offset` is a byte offset in the file, unless stated otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum ElfError {
    /// The bytes end inside the file header.
    #[error("file header: expected 64 bytes, got {len}")]
    HeaderTruncated { len: usize },
    /// `e_ident` does not start with the ELF magic.
    #[error("file header, offset 0: {found:02x?} is not the ELF magic")]
    Magic { found: [u8; 4] },
    /// `EI_CLASS` is not `ELFCLASS64`.
    #[error("file header, offset 4: class {found}, not 2 (64-bit)")]
    Class { found: u8 },
    /// `EI_DATA` is not `ELFDATA2LSB`.
    #[error("file header, offset 5: data encoding {found}, not 1 (little-endian)")]
    Encoding { found: u8 },
    /// `EI_VERSION` is not `EV_CURRENT`.
    #[error("file header, offset 6: identification version {found}, not 1")]
    IdentVersion { found: u8 },
    /// `e_type` is not `ET_REL`.
    #[error("file header, offset 16: type {found}, not 1 (relocatable)")]
    Type { found: u16 },
    /// `e_machine` is not `EM_X86_64`.
    #[error("file header, offset 18: machine {found}, not 62 (x86_64)")]
    Machine { found: u16 },
    /// `e_version` is not `EV_CURRENT`.
    #[error("file header, offset 20: version {found}, not 1")]
    Version { found: u32 },
    /// `e_ehsize` is not the size of a 64-bit file header.
    #[error("file header, offset 52: header size {found}, not 64")]
    HeaderSize { found: u16 },
    /// `e_shentsize` is not the size of a 64-bit section header.
    #[error("file header, offset 58: section header size {found}, not 64")]
    SectionHeaderSize { found: u16 },
    /// `e_shnum` is 0. (It is also 0 for more than 65,279 sections, which no purgatory has.)
    #[error("file header, offset 60: no sections")]
    NoSections,
    /// The section header table is not inside the file.
    #[error("section header table: {count} headers at offset {offset:#x} in a file of {len} bytes")]
    SectionTableOutsideFile { offset: u64, count: u16, len: usize },
    /// `e_shstrndx` is not the index of a string table inside the file.
    #[error(
        "file header, offset 62: the section names are in section {index}, which is not a string table inside the file"
    )]
    SectionNameTable { index: usize },
    /// `sh_name` is not the offset of a name.
    #[error(
        "section {index}: no text of at most {MAX_NAME} bytes at offset {offset:#x} of the section names"
    )]
    SectionName { index: usize, offset: u32 },
    /// A section's contents are not inside the file.
    #[error("{section}: {size:#x} bytes at offset {offset:#x} are not inside the file")]
    SectionOutsideFile { section: SectionId, offset: u64, size: u64 },
    /// Two sections share bytes of the file.
    #[error("{section}: its bytes at offset {offset:#x} belong to {other} as well")]
    SectionsOverlap { section: SectionId, other: SectionId, offset: usize },
    /// A loaded section's `sh_addralign` is not a power of two. 0 is also rejected.
    #[error("{section}: alignment {alignment:#x} is not a power of two")]
    Alignment { section: SectionId, alignment: u64 },
    /// The file has no `SHT_SYMTAB`.
    #[error("no symbol table")]
    NoSymbolTable,
    /// The file has more than one `SHT_SYMTAB`.
    #[error("{section}: a second symbol table")]
    SecondSymbolTable { section: SectionId },
    /// `sh_link` of the symbol table is not the index of a string table.
    #[error("{section}: the symbol names are in section {link}, which is not a string table")]
    SymbolTableLink { section: SectionId, link: u32 },
    /// `sh_entsize` of a table is not the size of its entries.
    #[error("{section}: entry size {found}, not {expected}")]
    EntrySize { section: SectionId, found: u64, expected: usize },
    /// A table's size is not a multiple of its entries' size.
    #[error("{section}: {size:#x} bytes are not a multiple of the entry size, {expected} bytes")]
    PartialEntry { section: SectionId, size: usize, expected: usize },
    /// `st_name` is not the offset of a name.
    #[error(
        "{section}, offset {offset:#x}: symbol {index} has no text of at most {MAX_NAME} bytes at {name:#x} of the symbol names"
    )]
    SymbolName { section: SectionId, offset: usize, index: usize, name: u32 },
    /// `st_shndx` is neither a section of this file nor undefined, absolute or common.
    #[error(
        "{section}, offset {offset:#x}: symbol `{name}` is in section {index}, which does not exist"
    )]
    SymbolSection { section: SectionId, offset: usize, name: String, index: u16 },
    /// A symbol's bytes are not inside its section.
    #[error(
        "{section}: symbol `{name}` (at offset {offset:#x} of the file) has {size:#x} bytes at {value:#x}, which is outside of it"
    )]
    SymbolOutsideSection { section: SectionId, offset: usize, name: String, value: u64, size: u64 },
    /// `sh_info` of a relocation section is not the index of a section.
    #[error("{section}: relocates section {target}, which does not exist")]
    RelocationTarget { section: SectionId, target: u32 },
    /// `sh_link` of a relocation section is not the symbol table.
    #[error("{section}: its symbols are in section {link}, which is not the symbol table")]
    RelocationSymbolTable { section: SectionId, link: u32 },
    /// A loaded section has relocations without addends (`SHT_REL`), which x86_64 does not have.
    #[error("{section}: relocations without addends for {target}")]
    NoAddends { section: SectionId, target: SectionId },
    /// A section without bytes (`SHT_NOBITS`) has relocations.
    #[error("{section}: relocates {target}, which has no bytes")]
    NothingToRelocate { section: SectionId, target: SectionId },
    /// The kernel does not know this relocation type.
    #[error("{section}, offset {offset:#x}: relocation type {kind} is not supported")]
    RelocationType { section: SectionId, offset: usize, kind: u32 },
    /// A relocation's symbol is not in the symbol table.
    #[error(
        "{section}, offset {offset:#x}: relocation against symbol {symbol}, which does not exist"
    )]
    RelocationSymbol { section: SectionId, offset: usize, symbol: u32 },
    /// A relocation patches bytes that are not inside its section.
    #[error(
        "{section}, offset {offset:#x}: the place to relocate, {place:#x}, is not inside {target}"
    )]
    RelocationOutsideSection { section: SectionId, offset: usize, place: u64, target: SectionId },
    /// `e_entry` is not in an executable section.
    #[error("file header, offset 24: the entry point {entry:#x} is in no executable section")]
    EntryOutsideCode { entry: u64 },
}

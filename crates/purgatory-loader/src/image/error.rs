//! Errors of placing an object, and of using its symbols.

use crate::elf::{RelocationType, SectionId};
use alloc::string::String;
use thiserror::Error;

/// The maximum memory of a purgatory: 16 MiB. Real purgatories need a few pages. A corrupted header must not request
/// all memory, and below 2 GiB no PC-relative relocation between sections can overflow.
pub const MAX_MEMSZ: u64 = 16 << 20;

/// The reason why an object cannot be placed. `offset` is a byte offset in the relocated section.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum PlaceError {
    /// The sections up to this one need more than [`MAX_MEMSZ`].
    #[error(
        "{section}: with its {size:#x} bytes at alignment {alignment:#x} the image is larger than {MAX_MEMSZ:#x} bytes"
    )]
    TooLarge { section: SectionId, size: u64, alignment: u64 },
    /// The load address is not a multiple of the largest alignment.
    #[error("load address {base:#x} is not a multiple of {alignment:#x}")]
    Misaligned { base: u64, alignment: u64 },
    /// The image would reach beyond the end of the address space.
    #[error("{memsz:#x} bytes at load address {base:#x} are beyond the address space")]
    Wraps { base: u64, memsz: u64 },
    /// A relocation needs an undefined symbol. The null symbol, which has no name, is undefined.
    #[error("{section}, offset {offset:#x}: symbol `{name}` is undefined")]
    UndefinedSymbol { section: SectionId, offset: u64, name: String },
    /// A relocation needs a symbol that was never allocated (`SHN_COMMON`).
    #[error("{section}, offset {offset:#x}: symbol `{name}` is common, not in a section")]
    CommonSymbol { section: SectionId, offset: u64, name: String },
    /// A relocation needs the address of a symbol that is not loaded.
    #[error(
        "{section}, offset {offset:#x}: symbol `{name}` is in {defined_in}, which is not loaded"
    )]
    UnloadedSymbol { section: SectionId, offset: u64, name: String, defined_in: SectionId },
    /// A value does not fit into the patched bytes.
    #[error("{section}, offset {offset:#x}: {kind} against `{name}` overflows with {value:#x}")]
    Overflow { section: SectionId, offset: u64, kind: RelocationType, name: String, value: u64 },
}

/// The reason why a symbol cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum SymbolError {
    /// No global symbol has this name. Local and weak symbols do not count.
    #[error("no global symbol `{name}`")]
    NotFound { name: String },
    /// The symbol is in no section: undefined, common or absolute.
    #[error("symbol `{name}` is in no section")]
    Undefined { name: String },
    /// The symbol's section is not loaded.
    #[error("symbol `{name}` is in {section}, which is not loaded")]
    Unloaded { name: String, section: SectionId },
    /// The value is not as long as the symbol.
    #[error("symbol `{name}` has {size} bytes, not {given}")]
    Size { name: String, size: u64, given: usize },
    /// The symbol is in a section without bytes (`SHT_NOBITS`), which can be neither read nor set.
    #[error("symbol `{name}` is in {section}, which has no bytes")]
    NoBytes { name: String, section: SectionId },
}

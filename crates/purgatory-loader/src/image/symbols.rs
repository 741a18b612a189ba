//! Symbols of a placed image, found by the kernel's rules.

use super::error::SymbolError;
use super::layout::{Layout, index};
use crate::elf::{Binding, Blob, SectionId, Symbol, SymbolPlace};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// The address and size of a symbol in a placed image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedSymbol {
    /// Physical address.
    pub address: u64,
    /// `st_size`, in bytes.
    pub size: u64,
}

/// The global symbols of an image, in the order of the symbol table.
#[derive(Clone, Debug)]
pub(super) struct Globals(Vec<(String, Result<Location, NotPlaced>)>);

/// The place of a symbol in the image.
#[derive(Clone, Debug)]
pub(super) struct Location {
    section: SectionId,
    nobits: bool,
    pub(super) offset: u64,
    pub(super) size: u64,
}

/// The reason why a symbol is not in the image.
#[derive(Clone, Debug)]
enum NotPlaced {
    Undefined,
    Unloaded(SectionId),
}

impl Globals {
    pub(super) fn of(blob: &Blob<'_>, layout: &Layout) -> Self {
        let globals = blob.symbols().iter().filter(|symbol| symbol.binding == Binding::Global);
        Self(globals.map(|symbol| (symbol.name.into(), locate(blob, layout, symbol))).collect())
    }

    pub(super) fn find(&self, name: &str) -> Result<&Location, SymbolError> {
        match self.0.iter().find(|(known, _)| known == name) {
            Some((_, Ok(location))) => Ok(location),
            Some((_, Err(NotPlaced::Undefined))) => {
                Err(SymbolError::Undefined { name: name.into() })
            }
            Some((_, Err(NotPlaced::Unloaded(section)))) => {
                Err(SymbolError::Unloaded { name: name.into(), section: section.clone() })
            }
            None => Err(SymbolError::NotFound { name: name.into() }),
        }
    }

    /// Returns the range of a symbol of `len` bytes in the image's bytes.
    pub(super) fn bytes_of(&self, name: &str, len: usize) -> Result<Range<usize>, SymbolError> {
        let Location { section, nobits, offset, size } = self.find(name)?;
        if index(*size) != len {
            return Err(SymbolError::Size { name: name.into(), size: *size, given: len });
        }
        if *nobits {
            return Err(SymbolError::NoBytes { name: name.into(), section: section.clone() });
        }
        let start = index(*offset);
        Ok(start..start + len)
    }
}

fn locate(blob: &Blob<'_>, layout: &Layout, symbol: &Symbol<'_>) -> Result<Location, NotPlaced> {
    let SymbolPlace::Section(index) = symbol.place else { return Err(NotPlaced::Undefined) };
    let section = &blob.sections()[index];
    match layout.section_offset(index) {
        Some(start) => Ok(Location {
            section: section.id(),
            nobits: section.nobits,
            offset: start + symbol.value,
            size: symbol.size,
        }),
        None => Err(NotPlaced::Unloaded(section.id())),
    }
}

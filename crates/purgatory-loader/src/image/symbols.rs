//! Symbols of a placed image, by the kernel's rules.

use super::{Image, SymbolError, index};
use crate::elf::{Binding, Blob, SectionId, SymbolPlace};
use crate::layout::Layout;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// Where a symbol ended up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedSymbol {
    /// Physical address.
    pub address: u64,
    /// `st_size`, in bytes.
    pub size: u64,
}

impl Image {
    /// The address of a symbol. It may lie in a section without bytes; its size is not looked at
    /// (`kexec_purgatory_get_symbol_addr`).
    ///
    /// # Errors
    ///
    /// There is no such global symbol, or it is not in the image.
    pub fn symbol(&self, name: &str) -> Result<PlacedSymbol, SymbolError> {
        let home = self.globals.find(name)?;
        Ok(PlacedSymbol { address: self.base + home.offset, size: home.size })
    }

    /// Copies the bytes of a symbol to `value` (`kexec_purgatory_get_set_symbol`).
    ///
    /// # Errors
    ///
    /// As for [`Image::symbol`]; also where `value` is not exactly as long as the symbol, or the symbol has no bytes.
    pub fn get_symbol(&self, name: &str, value: &mut [u8]) -> Result<(), SymbolError> {
        let range = self.globals.bytes_of(name, value.len())?;
        value.copy_from_slice(&self.bytes[range]);
        Ok(())
    }

    /// Sets the bytes of a symbol to `value` (`kexec_purgatory_get_set_symbol`).
    ///
    /// # Errors
    ///
    /// As for [`Image::get_symbol`].
    pub fn set_symbol(&mut self, name: &str, value: &[u8]) -> Result<(), SymbolError> {
        let range = self.globals.bytes_of(name, value.len())?;
        self.bytes[range].copy_from_slice(value);
        Ok(())
    }
}

/// The global symbols of an image, in the order of the symbol table.
#[derive(Clone, Debug)]
pub(super) struct Globals(Vec<(String, Result<Home, Homeless>)>);

/// Where in the image a symbol is.
#[derive(Clone, Debug)]
struct Home {
    section: SectionId,
    nobits: bool,
    offset: u64,
    size: u64,
}

/// Why a symbol is not in the image.
#[derive(Clone, Debug)]
enum Homeless {
    Undefined,
    Unloaded(SectionId),
}

impl Globals {
    pub(super) fn of(blob: &Blob<'_>, layout: &Layout) -> Self {
        let globals = blob.symbols().iter().filter(|symbol| symbol.binding == Binding::Global);
        Self(
            globals
                .map(|symbol| {
                    let home = match symbol.place {
                        SymbolPlace::Section(index) => {
                            let section = &blob.sections()[index];
                            match layout.section_offset(index) {
                                Some(start) => Ok(Home {
                                    section: section.id(),
                                    nobits: section.nobits,
                                    offset: start + symbol.value,
                                    size: symbol.size,
                                }),
                                None => Err(Homeless::Unloaded(section.id())),
                            }
                        }
                        _ => Err(Homeless::Undefined),
                    };
                    (symbol.name.into(), home)
                })
                .collect(),
        )
    }

    fn find(&self, name: &str) -> Result<&Home, SymbolError> {
        match self.0.iter().find(|(known, _)| known == name) {
            Some((_, Ok(home))) => Ok(home),
            Some((_, Err(Homeless::Undefined))) => {
                Err(SymbolError::Undefined { name: name.into() })
            }
            Some((_, Err(Homeless::Unloaded(section)))) => {
                Err(SymbolError::Unloaded { name: name.into(), section: section.clone() })
            }
            None => Err(SymbolError::NotFound { name: name.into() }),
        }
    }

    fn bytes_of(&self, name: &str, len: usize) -> Result<Range<usize>, SymbolError> {
        let home = self.find(name)?;
        if index(home.size) != len {
            return Err(SymbolError::Size { name: name.into(), size: home.size, given: len });
        }
        if home.nobits {
            let section = home.section.clone();
            return Err(SymbolError::NoBytes { name: name.into(), section });
        }
        let start = index(home.offset);
        Ok(start..start + len)
    }
}

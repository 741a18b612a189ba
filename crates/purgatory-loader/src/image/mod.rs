//! The purgatory as it is in memory.

mod error;
mod layout;
mod relocate;
mod symbols;

pub use error::{MAX_MEMSZ, PlaceError, SymbolError};
pub use layout::Layout;
pub use symbols::PlacedSymbol;

use crate::elf::Blob;
use alloc::vec;
use alloc::vec::Vec;
use layout::index;
use symbols::Globals;

/// A purgatory laid out and relocated for one physical address. It owns its bytes.
///
/// ```
/// use purgatory_loader::{Blob, Image};
/// use std::error::Error;
///
/// /// Returns the bytes and the entry of a purgatory of the Linux kernel that verifies nothing.
/// fn place(object: &[u8], base: u64) -> Result<(Vec<u8>, u64), Box<dyn Error>> {
///     let mut image = Image::place(&Blob::parse(object)?, base)?;
///     image.set_symbol("purgatory_sha_regions", &[0; 256])?;
///     Ok((image.bytes().to_vec(), image.entry()))
/// }
///
/// assert!(place(b"not an object", 0x9d000).is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Image {
    base: u64,
    entry: u64,
    bytes: Vec<u8>,
    bufsz: usize,
    globals: Globals,
}

impl Image {
    /// Lays out `blob`, copies its sections, zeroes the rest, and relocates it for physical address `base`.
    ///
    /// Every relocation is checked for overflow. The kernel checks only those with an absolute address.
    ///
    /// # Errors
    ///
    /// Returns a [`PlaceError`] if the address does not fit, or a relocation cannot be applied.
    pub fn place(blob: &Blob<'_>, base: u64) -> Result<Self, PlaceError> {
        let layout = Layout::of(blob)?;
        let (memsz, alignment) = (layout.memsz(), layout.alignment());
        if !base.is_multiple_of(alignment) {
            return Err(PlaceError::Misaligned { base, alignment });
        }
        if base.checked_add(memsz).is_none() {
            return Err(PlaceError::Wraps { base, memsz });
        }

        let mut bytes = vec![0; index(memsz)];
        for section in blob.loaded_sections() {
            let start = index(layout.loaded_offset(section.index));
            bytes[start..start + section.contents.len()].copy_from_slice(section.contents);
        }
        relocate::all(blob, &layout, base, &mut bytes)?;

        let entry = blob.entry();
        let code = layout.loaded_offset(entry.section);
        let globals = Globals::of(blob, &layout);
        let bufsz = index(layout.bufsz());
        Ok(Self { base, entry: base + code + entry.offset, bytes, bufsz, globals })
    }

    /// Returns the physical address that the image was relocated for.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Returns the physical address of the entry point.
    pub fn entry(&self) -> u64 {
        self.entry
    }

    /// Returns the bytes to copy to [`Image::base`]: all of its memory, with the zeroed part, not rounded to pages.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the address of a symbol, which may be in a section without bytes. Its size is not checked
    /// (`kexec_purgatory_get_symbol_addr`).
    ///
    /// # Errors
    ///
    /// Returns a [`SymbolError`] if no such global symbol exists, or it is not in the image.
    pub fn symbol(&self, name: &str) -> Result<PlacedSymbol, SymbolError> {
        let location = self.globals.find(name)?;
        Ok(PlacedSymbol { address: self.base + location.offset, size: location.size })
    }

    /// Copies the bytes of a symbol to `value` (`kexec_purgatory_get_set_symbol`).
    ///
    /// # Errors
    ///
    /// As for [`Image::symbol`], and also if `value` and the symbol differ in size, or the symbol has no bytes.
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

    /// Returns the same bytes as a vector, to write or extend.
    pub(crate) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Returns [`Image::bytes`] without a copy.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns the size in bytes of the part with contents. The rest was zeroed.
    pub(crate) fn bufsz(&self) -> usize {
        self.bufsz
    }
}

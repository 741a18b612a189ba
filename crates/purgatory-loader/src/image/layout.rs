//! The layout of the sections in memory.

use super::error::{MAX_MEMSZ, PlaceError};
use crate::elf::{Blob, Section};
use alloc::vec;
use alloc::vec::Vec;

/// The layout of a purgatory's sections in memory, independent of its load address.
///
/// The sections with `SHF_ALLOC` are in header order, and those without bytes (`SHT_NOBITS`) follow all others. Each
/// has its alignment: `kexec_purgatory_setup_kbuf` and `kexec_purgatory_setup_sechdrs` in `kernel/kexec_file.c`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    offsets: Vec<Option<u64>>,
    bufsz: u64,
    memsz: u64,
    alignment: u64,
}

impl Layout {
    /// Lays out the loaded sections of `blob`.
    ///
    /// # Errors
    ///
    /// Returns [`PlaceError::TooLarge`] if they need more than [`MAX_MEMSZ`].
    pub fn of(blob: &Blob<'_>) -> Result<Self, PlaceError> {
        let mut offsets = vec![None; blob.sections().len()];
        let with_bytes = blob.loaded_sections().filter(|section| !section.nobits);
        let end = lay_out(with_bytes, 0, &mut offsets)?;

        // The part with contents ends at the alignment of the zeroed part.
        let zeroed = || blob.loaded_sections().filter(|section| section.nobits);
        let zeroed_alignment = zeroed().map(|section| section.alignment).max().unwrap_or(1);
        let bufsz = align(end, zeroed_alignment).unwrap_or(u64::MAX);
        let memsz = lay_out(zeroed(), bufsz, &mut offsets)?;

        let alignment = blob.loaded_sections().map(|section| section.alignment).max().unwrap_or(1);
        Ok(Self { offsets, bufsz, memsz, alignment })
    }

    /// Returns the bytes of memory, with the zeroed part. The value is not rounded to pages.
    pub fn memsz(&self) -> u64 {
        self.memsz
    }

    /// Returns the size in bytes of the part with contents. The rest is zeroed.
    pub fn bufsz(&self) -> u64 {
        self.bufsz
    }

    /// Returns the alignment of the load address: a power of two.
    pub fn alignment(&self) -> u64 {
        self.alignment
    }

    /// Returns the offset of the section with this index from the load address, or `None` if it is not loaded.
    pub fn section_offset(&self, index: usize) -> Option<u64> {
        self.offsets.get(index).copied().flatten()
    }

    /// Returns [`Layout::section_offset`] of a section that [`Blob::parse`] found to be loaded.
    pub(crate) fn loaded_offset(&self, index: usize) -> u64 {
        self.section_offset(index).unwrap_or_default()
    }
}

/// Lays out sections one after the other from `start`, and returns the end of the last.
fn lay_out<'a, 'b: 'a>(
    sections: impl Iterator<Item = &'a Section<'b>>,
    start: u64,
    offsets: &mut [Option<u64>],
) -> Result<u64, PlaceError> {
    let mut end = start;
    for section in sections {
        let offset = align(end, section.alignment);
        let next = offset.and_then(|offset| offset.checked_add(section.size));
        end = next.filter(|next| *next <= MAX_MEMSZ).ok_or_else(|| PlaceError::TooLarge {
            section: section.id(),
            size: section.size,
            alignment: section.alignment,
        })?;
        offsets[section.index] = offset;
    }
    Ok(end)
}

/// Rounds up to a power of two.
fn align(value: u64, alignment: u64) -> Option<u64> {
    value.checked_next_multiple_of(alignment)
}

/// Converts an offset in an image to an index. [`MAX_MEMSZ`] limits it, so it always fits.
pub(super) fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

//! Where each section goes in memory.

use super::error::{MAX_MEMSZ, PlaceError};
use crate::elf::{Blob, Section};
use alloc::vec;
use alloc::vec::Vec;

/// How a purgatory's sections are laid out in memory, independent of where it is loaded.
///
/// The sections with `SHF_ALLOC` stand in header order, those without bytes (`SHT_NOBITS`) behind all others, each at its
/// alignment: `kexec_purgatory_setup_kbuf` and `kexec_purgatory_setup_sechdrs` in `kernel/kexec_file.c`.
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
    /// [`PlaceError::TooLarge`] where they need more than [`MAX_MEMSZ`].
    pub fn of(blob: &Blob<'_>) -> Result<Self, PlaceError> {
        let mut offsets = vec![None; blob.sections().len()];
        let with_bytes = blob.loaded_sections().filter(|section| !section.nobits);
        let end = lay_out(with_bytes, 0, &mut offsets)?;

        // The file part ends where a zeroed part of that alignment can start.
        let zeroed = || blob.loaded_sections().filter(|section| section.nobits);
        let zeroed_alignment = zeroed().map(|section| section.alignment).max().unwrap_or(1);
        let bufsz = align(end, zeroed_alignment).unwrap_or(u64::MAX);
        let memsz = lay_out(zeroed(), bufsz, &mut offsets)?;

        let alignment = blob.loaded_sections().map(|section| section.alignment).max().unwrap_or(1);
        Ok(Self { offsets, bufsz, memsz, alignment })
    }

    /// Bytes of memory, the zeroed part included. Not rounded to pages.
    pub fn memsz(&self) -> u64 {
        self.memsz
    }

    /// Bytes of the part that has contents; everything behind it is zeroed.
    pub fn bufsz(&self) -> u64 {
        self.bufsz
    }

    /// What the load address must be a multiple of: a power of two.
    pub fn alignment(&self) -> u64 {
        self.alignment
    }

    /// Offset of the section of this index from the load address; `None` if it is not loaded.
    pub fn section_offset(&self, index: usize) -> Option<u64> {
        self.offsets.get(index).copied().flatten()
    }

    /// As [`Layout::section_offset`], of a section that [`Blob::parse`] has seen to be loaded.
    pub(crate) fn loaded_offset(&self, index: usize) -> u64 {
        self.section_offset(index).unwrap_or_default()
    }
}

/// Lays out sections one behind the other from `start` on, and returns the end of the last.
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

/// An offset into an image as an index. [`MAX_MEMSZ`] keeps it far below the end of any address space.
pub(super) fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

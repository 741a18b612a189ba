//! Sections: headers, names and contents.

use super::header::Header;
use super::names::name_at;
use super::{ElfError, SectionId};
use alloc::vec::Vec;
use core::ops::Range;
use object::LittleEndian as Le;
use object::elf::{
    SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHT_NOBITS, SHT_NULL, SHT_STRTAB, SectionHeader64,
};

/// A section of the object.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// Its place in the section header table.
    pub index: usize,
    /// Its name.
    pub name: &'a str,
    /// It is loaded into memory: `SHF_ALLOC`.
    pub loaded: bool,
    /// Its code can run: `SHF_EXECINSTR`.
    pub executable: bool,
    /// It can be written: `SHF_WRITE`.
    pub writable: bool,
    /// It takes memory, zeroed, and no bytes of the file: `SHT_NOBITS`.
    pub nobits: bool,
    /// `sh_addr`: 0 in a purgatory.
    pub address: u64,
    /// Bytes in memory.
    pub size: u64,
    /// `sh_addralign`. For a loaded section a power of two, at least 1.
    pub alignment: u64,
    /// Its bytes; empty for `SHT_NOBITS`.
    pub contents: &'a [u8],
    /// File offset of its bytes.
    pub(super) file_offset: usize,
    /// What only the readers of symbols and relocations ask for.
    pub(super) header: &'a SectionHeader64<Le>,
}

impl Section<'_> {
    /// The section as errors name it.
    pub fn id(&self) -> SectionId {
        SectionId { index: self.index, name: self.name.into() }
    }

    /// File offset of the end of its bytes.
    pub(super) fn file_end(&self) -> usize {
        self.file_offset + self.contents.len()
    }
}

/// Reads all sections.
pub(super) fn read_all<'a>(
    bytes: &'a [u8],
    header: &Header<'a>,
) -> Result<Vec<Section<'a>>, ElfError> {
    let names = name_table(bytes, header)?;
    let sections = header
        .sections
        .iter()
        .enumerate()
        .map(|(index, header)| read(bytes, names, index, header))
        .collect::<Result<Vec<_>, _>>()?;
    check_overlaps(&sections)?;
    Ok(sections)
}

/// The string table that `e_shstrndx` names.
fn name_table<'a>(bytes: &'a [u8], header: &Header<'a>) -> Result<&'a [u8], ElfError> {
    let bad = ElfError::SectionNameTable { index: header.names };
    let table = header.sections.get(header.names).ok_or_else(|| bad.clone())?;
    if table.sh_type.get(Le) != SHT_STRTAB {
        return Err(bad);
    }
    let range = file_range(bytes, table).ok_or(bad)?;
    Ok(&bytes[range])
}

fn read<'a>(
    bytes: &'a [u8],
    names: &'a [u8],
    index: usize,
    header: &'a SectionHeader64<Le>,
) -> Result<Section<'a>, ElfError> {
    let offset = header.sh_name.get(Le);
    let name = name_at(names, offset).ok_or(ElfError::SectionName { index, offset })?;
    let id = || SectionId { index, name: name.into() };

    let range = file_range(bytes, header).ok_or_else(|| ElfError::SectionOutsideFile {
        section: id(),
        offset: header.sh_offset.get(Le),
        size: header.sh_size.get(Le),
    })?;
    let flags = header.sh_flags.get(Le);
    let loaded = flags.contains(SHF_ALLOC);
    let alignment = header.sh_addralign.get(Le);
    // The kernel's rounding takes any other value for a mask, and the layout starts anew at 0.
    if loaded && !alignment.is_power_of_two() {
        return Err(ElfError::Alignment { section: id(), alignment });
    }

    Ok(Section {
        index,
        name,
        loaded,
        executable: flags.contains(SHF_EXECINSTR),
        writable: flags.contains(SHF_WRITE),
        nobits: header.sh_type.get(Le) == SHT_NOBITS,
        address: header.sh_addr.get(Le),
        size: header.sh_size.get(Le),
        alignment,
        file_offset: range.start,
        contents: &bytes[range],
        header,
    })
}

/// Where a section's bytes are in the file: an empty range for a section that has none, `None` where they are not inside.
pub(super) fn file_range(bytes: &[u8], header: &SectionHeader64<Le>) -> Option<Range<usize>> {
    let kind = header.sh_type.get(Le);
    // The kernel copies whatever is SHF_ALLOC and not NOBITS; a null header has no meaning otherwise.
    let unused = kind == SHT_NULL && !header.sh_flags.get(Le).contains(SHF_ALLOC);
    let size = header.sh_size.get(Le);
    if kind == SHT_NOBITS || unused || size == 0 {
        return Some(0..0);
    }
    let start = usize::try_from(header.sh_offset.get(Le)).ok()?;
    let end = start.checked_add(usize::try_from(size).ok()?)?;
    (end <= bytes.len()).then_some(start..end)
}

/// No byte belongs to two sections. That also keeps everything that is read from them within the file's own size.
fn check_overlaps(sections: &[Section<'_>]) -> Result<(), ElfError> {
    let mut by_offset: Vec<_> = sections.iter().filter(|s| !s.contents.is_empty()).collect();
    by_offset.sort_unstable_by_key(|section| (section.file_offset, section.index));
    for pair in by_offset.windows(2) {
        let (first, second) = (pair[0], pair[1]);
        if second.file_offset < first.file_end() {
            return Err(ElfError::SectionsOverlap {
                section: second.id(),
                other: first.id(),
                offset: second.file_offset,
            });
        }
    }
    Ok(())
}

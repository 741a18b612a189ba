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
    /// Its index in the section header table.
    pub index: usize,
    /// Its name.
    pub name: &'a str,
    /// Whether it is loaded into memory: `SHF_ALLOC`.
    pub loaded: bool,
    /// Whether it is executable: `SHF_EXECINSTR`.
    pub executable: bool,
    /// Whether it is writable: `SHF_WRITE`.
    pub writable: bool,
    /// Whether it is zeroed memory without bytes in the file: `SHT_NOBITS`.
    pub nobits: bool,
    /// `sh_addr`: 0 in a purgatory.
    pub address: u64,
    /// Size in memory, in bytes.
    pub size: u64,
    /// `sh_addralign`. For a loaded section a power of two, at least 1.
    pub alignment: u64,
    /// Its bytes; empty for `SHT_NOBITS`.
    pub contents: &'a [u8],
    /// File offset of its bytes.
    pub(super) file_offset: usize,
    /// Header fields that only the readers of symbols and relocations use.
    pub(super) header: &'a SectionHeader64<Le>,
}

impl Section<'_> {
    /// Returns the section's name in errors.
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

/// Returns the string table at index `e_shstrndx`.
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
    // The kernel rounds with a mask. With any other value, its layout would restart at 0.
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

/// Returns the range of a section's bytes in the file: empty if it has none, `None` if it is not inside the file.
pub(super) fn file_range(bytes: &[u8], header: &SectionHeader64<Le>) -> Option<Range<usize>> {
    let kind = header.sh_type.get(Le);
    // The kernel copies every section that is SHF_ALLOC and not NOBITS, even one with a null header.
    let unused = kind == SHT_NULL && !header.sh_flags.get(Le).contains(SHF_ALLOC);
    let size = header.sh_size.get(Le);
    if kind == SHT_NOBITS || unused || size == 0 {
        return Some(0..0);
    }
    let start = usize::try_from(header.sh_offset.get(Le)).ok()?;
    let end = start.checked_add(usize::try_from(size).ok()?)?;
    (end <= bytes.len()).then_some(start..end)
}

/// Checks that no byte belongs to two sections. So the data read from them is never larger than the file.
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

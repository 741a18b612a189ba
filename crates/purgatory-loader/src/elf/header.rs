//! The file header and the section header table.

use super::ElfError;
use object::LittleEndian as Le;
use object::elf::{
    ELFCLASS64, ELFDATA2LSB, ELFMAG, EM_X86_64, ET_REL, EV_CURRENT, FileHeader64, SectionHeader64,
};
use object::pod;

/// The checked fields of the file header.
pub(super) struct Header<'a> {
    /// `e_entry`.
    pub(super) entry: u64,
    /// The section header table.
    pub(super) sections: &'a [SectionHeader64<Le>],
    /// File offset of the end of the section header table.
    pub(super) section_table_end: usize,
    /// `e_shstrndx`: the index of the section with the section names.
    pub(super) names: usize,
}

/// Reads the file header and finds the section header table.
pub(super) fn read(bytes: &[u8]) -> Result<Header<'_>, ElfError> {
    let truncated = ElfError::HeaderTruncated { len: bytes.len() };
    let (header, _) = pod::from_bytes::<FileHeader64<Le>>(bytes).map_err(|()| truncated)?;
    identify(header)?;

    let expected = size_of::<FileHeader64<Le>>();
    let found = header.e_ehsize.get(Le);
    if usize::from(found) != expected {
        return Err(ElfError::HeaderSize { found });
    }
    let found = header.e_shentsize.get(Le);
    if usize::from(found) != size_of::<SectionHeader64<Le>>() {
        return Err(ElfError::SectionHeaderSize { found });
    }

    let offset = header.e_shoff.get(Le);
    let count = header.e_shnum.get(Le);
    if count == 0 {
        return Err(ElfError::NoSections);
    }
    let outside = ElfError::SectionTableOutsideFile { offset, count, len: bytes.len() };
    let start = usize::try_from(offset).map_err(|_| outside.clone())?;
    let table = bytes.get(start..).ok_or_else(|| outside.clone())?;
    let (sections, rest) =
        pod::slice_from_bytes(table, usize::from(count)).map_err(|()| outside)?;

    Ok(Header {
        entry: header.e_entry.get(Le),
        sections,
        section_table_end: bytes.len() - rest.len(),
        names: usize::from(header.e_shstrndx.get(Le).0),
    })
}

/// Checks that this is a relocatable object for x86_64.
fn identify(header: &FileHeader64<Le>) -> Result<(), ElfError> {
    let ident = &header.e_ident;
    if ident.magic != ELFMAG {
        return Err(ElfError::Magic { found: ident.magic });
    }
    if ident.class != ELFCLASS64 {
        return Err(ElfError::Class { found: ident.class.0 });
    }
    if ident.data != ELFDATA2LSB {
        return Err(ElfError::Encoding { found: ident.data.0 });
    }
    if ident.version != EV_CURRENT {
        return Err(ElfError::IdentVersion { found: ident.version.0 });
    }
    let found = header.e_type.get(Le);
    if found != ET_REL {
        return Err(ElfError::Type { found: found.0 });
    }
    let found = header.e_machine.get(Le);
    if found != EM_X86_64 {
        return Err(ElfError::Machine { found: found.0 });
    }
    let found = header.e_version.get(Le);
    if found != u32::from(EV_CURRENT.0) {
        return Err(ElfError::Version { found });
    }
    Ok(())
}

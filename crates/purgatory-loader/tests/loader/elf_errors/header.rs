//! The file header, and the tables that it refers to.

use super::error;
use crate::broken::Broken;
use crate::purgatory::Purgatory;
use object::LittleEndian as Le;
use object::elf::{DataEncoding, ELFCLASS32, EM_386, ET_EXEC, FileClass, FileVersion, SHF_ALLOC};
use purgatory_loader::{Blob, ElfError};

#[test]
fn rejects_a_truncated_header() {
    let bytes = Purgatory::new().write();
    assert_eq!(Blob::parse(&bytes[..63]).unwrap_err(), ElfError::HeaderTruncated { len: 63 });
}

#[test]
fn rejects_another_magic() {
    let mut broken = Broken::new();
    broken.bytes[3] = b'G';
    assert_eq!(error(&broken), ElfError::Magic { found: *b"\x7fELG" });
}

#[test]
fn rejects_another_class() {
    let mut broken = Broken::new();
    broken.header().e_ident.class = ELFCLASS32;
    assert_eq!(error(&broken), ElfError::Class { found: 1 });
    broken.header().e_ident.class = FileClass(3);
    assert_eq!(error(&broken), ElfError::Class { found: 3 });
}

#[test]
fn rejects_another_encoding() {
    let mut broken = Broken::new();
    broken.header().e_ident.data = DataEncoding(2);
    assert_eq!(error(&broken), ElfError::Encoding { found: 2 });
}

#[test]
fn rejects_another_ident_version() {
    let mut broken = Broken::new();
    broken.header().e_ident.version = FileVersion(0);
    assert_eq!(error(&broken), ElfError::IdentVersion { found: 0 });
}

#[test]
fn rejects_another_file_type() {
    let mut broken = Broken::new();
    broken.header().e_type.set(Le, ET_EXEC);
    assert_eq!(error(&broken), ElfError::Type { found: 2 });
}

#[test]
fn rejects_another_machine() {
    let mut broken = Broken::new();
    broken.header().e_machine.set(Le, EM_386);
    assert_eq!(error(&broken), ElfError::Machine { found: 3 });
}

#[test]
fn rejects_another_version() {
    let mut broken = Broken::new();
    broken.header().e_version.set(Le, 0x101);
    assert_eq!(error(&broken), ElfError::Version { found: 0x101 });
}

#[test]
fn rejects_another_header_size() {
    let mut broken = Broken::new();
    broken.header().e_ehsize.set(Le, 52);
    assert_eq!(error(&broken), ElfError::HeaderSize { found: 52 });
}

#[test]
fn rejects_another_section_header_size() {
    let mut broken = Broken::new();
    broken.header().e_shentsize.set(Le, 40);
    assert_eq!(error(&broken), ElfError::SectionHeaderSize { found: 40 });
}

#[test]
fn rejects_a_file_without_sections() {
    let mut broken = Broken::new();
    broken.header().e_shnum.set(Le, 0);
    assert_eq!(error(&broken), ElfError::NoSections);
}

#[test]
fn rejects_a_section_table_outside_the_file() {
    let mut broken = Broken::new();
    let (len, count) = (broken.bytes.len(), broken.header().e_shnum.get(Le));
    for offset in [len as u64 - 63, len as u64 + 1, u64::MAX] {
        broken.header().e_shoff.set(Le, offset);
        let expected = ElfError::SectionTableOutsideFile { offset, count, len };
        assert_eq!(error(&broken), expected);
    }
}

#[test]
fn rejects_an_entry_outside_of_code() {
    let mut broken = Broken::new();
    broken.header().e_entry.set(Le, 0x40);
    assert_eq!(error(&broken), ElfError::EntryOutsideCode { entry: 0x40 });
    broken.header().e_entry.set(Le, 0x3f);
    assert!(Blob::parse(&broken.bytes).is_ok());
    broken.section(".text").sh_flags.set(Le, SHF_ALLOC);
    assert_eq!(error(&broken), ElfError::EntryOutsideCode { entry: 0x3f });
}

//! One test for each error of an object file.

mod header;
mod relocations;
mod sections;
mod symbols;

use crate::broken::Broken;
use crate::purgatory::Purgatory;
use object::LittleEndian as Le;
use object::elf::Rela64;
use purgatory_loader::{Blob, ElfError};

fn error(broken: &Broken) -> ElfError {
    Blob::parse(&broken.bytes).unwrap_err()
}

#[test]
fn parses_a_valid_object() {
    let bytes = Purgatory::new().write();
    let blob = Blob::parse(&bytes).unwrap();
    assert_eq!(blob.bytes(), bytes);
    assert_eq!(blob.relocations().len(), 3);
    let loaded: Vec<_> = blob.loaded_sections().map(|section| section.name).collect();
    assert_eq!(loaded, [".text", ".rodata", ".data", ".bss"]);
}

#[test]
fn ignores_trailing_bytes() {
    let object = Purgatory::new().write();
    let mut longer = object.clone();
    longer.extend([0xff; 100]);
    assert_eq!(Blob::parse(&longer).unwrap().bytes(), object);
}

#[test]
fn rejects_every_truncation() {
    let bytes = Purgatory::new().write();
    for len in 0..bytes.len() {
        assert!(Blob::parse(&bytes[..len]).is_err(), "{len} of {} bytes", bytes.len());
    }
}

#[test]
fn messages_name_section_and_offset() {
    let mut broken = Broken::new();
    broken.relocation(".rela.text", 0).r_offset.set(Le, 0x100);
    let offset = broken.entry_offset::<Rela64<Le>>(".rela.text", 0);
    let (table, text) = (broken.id(".rela.text").index, broken.id(".text").index);
    assert_eq!(
        error(&broken).to_string(),
        format!(
            "section {table} (.rela.text), offset {offset:#x}: the place to relocate, 0x100, is not inside section {text} (.text)"
        ),
    );
}

//! Searches for objects inside other bytes.

use crate::broken::Broken;
use crate::kexec_tools;
use crate::purgatory::Purgatory;
use object::LittleEndian as Le;
use object::elf::{EM_386, ET_DYN, SHN_UNDEF, STB_LOCAL};
use purgatory_abi::Loader;
use purgatory_loader::{Blob, ElfError, find};

#[test]
fn finds_each_with_its_offset_and_length() {
    let object = Purgatory::new().write();
    let mut bytes = b"\x7fELF, but no object".to_vec();
    let first = bytes.len();
    bytes.extend(&object);
    bytes.extend(b"\x7f\x7fE");
    let second = bytes.len();
    bytes.extend(&object);
    bytes.extend(b"\x7fELF");

    let found = find::purgatories(&bytes).found;
    let places: Vec<_> = found.iter().map(|found| found.offset).collect();
    assert_eq!(places, [first, second]);
    for found in found {
        assert_eq!(found.blob.bytes(), object);
    }
}

/// Returns the offsets and loaders of all purgatories, and the offsets of corrupted objects.
type Places = (Vec<(usize, Option<Loader>)>, Vec<usize>);

fn places(bytes: &[u8]) -> Places {
    let search = find::purgatories(bytes);
    let found = search.found.iter().map(|found| (found.offset, found.loader)).collect();
    (found, search.corrupted.iter().map(|broken| broken.offset).collect())
}

#[test]
fn finds_one_purgatory() {
    let object = kexec_tools::purgatory().write();
    let bytes = [&b"kexec"[..], &object, b"behind"].concat();
    assert_eq!(places(&bytes), (vec![(5, Some(Loader::KexecTools))], vec![]));
    assert_eq!(find::purgatories(&bytes).found[0].blob.bytes(), object);
}

#[test]
fn finds_several_purgatories() {
    let (theirs, kernel) = (kexec_tools::purgatory().write(), Purgatory::new().write());
    let bytes = [&theirs[..], &kernel].concat();
    let found = vec![(0, Some(Loader::KexecTools)), (theirs.len(), Some(Loader::Linux))];
    assert_eq!(places(&bytes), (found, vec![]));
}

#[test]
fn finds_a_purgatory_of_an_unknown_loader() {
    let object = Purgatory::without_tables(8).write();
    assert_eq!(places(&object), (vec![(0, None)], vec![]));
}

#[test]
fn finds_no_purgatory() {
    for bytes in [&b""[..], b"\x7fELF", b"no object at all"] {
        assert_eq!(places(bytes), (vec![], vec![]));
    }
}

#[test]
fn ignores_objects_without_the_entry_point() {
    let mut module = Broken::new();
    module.symbol("purgatory_start").st_shndx.set(Le, SHN_UNDEF);
    assert_eq!(places(&module.bytes), (vec![], vec![]));

    let mut module = Broken::new();
    let start = module.symbol("purgatory_start");
    start.set_st_info(STB_LOCAL, start.st_type());
    assert_eq!(places(&module.bytes), (vec![], vec![]));
    assert!(Blob::parse(&module.bytes).is_ok());
}

#[test]
fn ignores_programs_and_other_architectures() {
    let mut program = Broken::new();
    program.header().e_type.set(Le, ET_DYN);
    assert_eq!(places(&program.bytes), (vec![], vec![]));

    let mut other = Broken::new();
    other.header().e_machine.set(Le, EM_386);
    assert_eq!(places(&other.bytes), (vec![], vec![]));
}

#[test]
fn reports_truncated_objects() {
    let object = kexec_tools::purgatory().write();
    // Type and machine end at byte 20; a shorter object cannot be identified.
    for len in 0..object.len() {
        let search = find::purgatories(&object[..len]);
        assert!(search.found.is_empty(), "{len} bytes");
        let expected = if len < 20 { vec![] } else { vec![0] };
        assert_eq!(places(&object[..len]).1, expected, "{len} bytes");
        for broken in search.corrupted {
            assert_eq!(broken.error, Blob::parse(&object[..len]).unwrap_err());
        }
    }
    let search = find::purgatories(&object[..63]);
    assert_eq!(search.corrupted[0].error, ElfError::HeaderTruncated { len: 63 });
}

#[test]
fn continues_after_a_corrupted_object() {
    let object = kexec_tools::purgatory().write();
    let bytes = [&object[..100], &object].concat();
    assert_eq!(places(&bytes), (vec![(100, Some(Loader::KexecTools))], vec![0]));
}

#[test]
fn finds_a_purgatory_after_many_corrupted_objects() {
    let mut broken = Broken::new();
    // The name of each section is outside of the table of names.
    broken.section(".bss").sh_name.set(Le, u32::MAX);
    let object = Purgatory::new().write();
    let bytes = [broken.bytes.repeat(1000), object].concat();
    let search = find::purgatories(&bytes);
    assert_eq!((search.found.len(), search.corrupted.len()), (1, 1000));
}

#[test]
fn stops_after_many_headers_of_the_same_tables() {
    const HEADERS: usize = 1000;
    const SECTIONS: usize = 1000;
    let header = Purgatory::new().write()[..64].to_vec();
    let mut bytes = Vec::new();
    for index in 0..HEADERS {
        let mut header = header.clone();
        // e_shoff, e_shnum, e_shstrndx: sections without a name for anything.
        let table = (HEADERS - index) * 64;
        header[0x28..0x30].copy_from_slice(&(table as u64).to_le_bytes());
        header[0x3c..0x3e].copy_from_slice(&(SECTIONS as u16).to_le_bytes());
        header[0x3e..0x40].copy_from_slice(&0u16.to_le_bytes());
        bytes.extend(header);
    }
    bytes.resize(bytes.len() + SECTIONS * 64, 0);
    let corrupted = find::purgatories(&bytes).corrupted.len();
    assert!((1..HEADERS / 10).contains(&corrupted), "{corrupted}");
}

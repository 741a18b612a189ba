//! Compares placed images with those of another linker: the system's `ld`, with a given address for each section.

use crate::purgatory::Purgatory;
use object::elf::{R_X86_64_32, R_X86_64_32S, R_X86_64_PC32};
use purgatory_loader::{Blob, Image, Layout};
use std::fmt::Write as _;
use std::process::Command;

/// Returns the part with contents of `object`, linked by `ld` for `base`.
fn linked(object: &[u8], base: u64) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path("object.o"), object).unwrap();
    std::fs::write(path("sections.ld"), script(object, base)).unwrap();
    let output = Command::new("ld")
        .args(["-m", "elf_x86_64", "--oformat", "binary", "--entry", "0"])
        .args(["-T".as_ref(), path("sections.ld").as_os_str()])
        .args(["-o".as_ref(), path("image").as_os_str(), path("object.o").as_os_str()])
        .output()
        .expect("this test needs `ld` (package binutils)");
    assert!(output.status.success(), "ld: {}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(path("image")).unwrap()
}

/// Returns a linker script that places each loaded section as the layout does.
fn script(object: &[u8], base: u64) -> String {
    let blob = Blob::parse(object).unwrap();
    let layout = Layout::of(&blob).unwrap();
    let mut script = String::from("SECTIONS {\n");
    for section in blob.loaded_sections() {
        let address = base + layout.section_offset(section.index).unwrap();
        writeln!(script, "{0} {address:#x} : {{ *({0}) }}", section.name).unwrap();
    }
    script + "/DISCARD/ : { *(*) }\n}\n"
}

fn placed(object: &[u8], base: u64) -> Vec<u8> {
    Image::place(&Blob::parse(object).unwrap(), base).unwrap().bytes().to_vec()
}

/// Compares up to the end of .data, where `ld` stops writing; the rest of the image is zeros.
fn assert_same(object: &[u8], base: u64) {
    let (placed, linked) = (placed(object, base), linked(object, base));
    assert_eq!(linked.len(), 0x208);
    let (contents, zeroed) = placed.split_at(linked.len());
    assert_eq!(contents, linked);
    assert!(zeroed.iter().all(|byte| *byte == 0));
}

#[test]
fn relocations_that_fit_everywhere() {
    let object = Purgatory::new().write();
    for base in [0x9_d000, 0x1_bfff_e000] {
        assert_same(&object, base);
    }
}

#[test]
fn relocations_that_fit_below_2_gib() {
    let mut purgatory = Purgatory::new();
    let (text, data, stack_end) = (purgatory.text, purgatory.data, purgatory.stack_end);
    let start = purgatory.local("start", text, 0, 0);
    purgatory.relocate(text, 0x24, R_X86_64_32, stack_end, 5);
    purgatory.relocate(text, 0x28, R_X86_64_32S, start, 7);
    purgatory.relocate(data, 3, R_X86_64_PC32, start, -9);
    let object = purgatory.write();
    for base in [0x1000, 0x7fff_0000] {
        assert_same(&object, base);
    }
}

#[test]
fn an_image_for_another_address_differs() {
    let object = Purgatory::new().write();
    assert_ne!(placed(&object, 0x10_0000)[..0x208], linked(&object, 0x20_0000));
}

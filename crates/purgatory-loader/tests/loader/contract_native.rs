//! The rules that only the native contract has: a valid object passes each, and a changed one fails it. The rules that
//! it shares with the kernel's contract are tested there.

use crate::broken::Broken;
use crate::native::{self, HEADER_BYTES};
use crate::purgatory::Purgatory;
use object::LittleEndian as Le;
use object::SectionKind;
use object::elf::{STB_LOCAL, STB_WEAK, SymbolSection as Shndx};
use purgatory_loader::Blob;
use purgatory_loader::contract::{Finding, Level, native as contract};

const AT_ZERO: &str = "sections start at address 0";
const SIZE: &str = "size in memory at most 16 MiB";
const FEW: &str = "only .text .rodata .data .bss";
const ALIGNMENT: &str = "section alignment at most a page";
const ENTRY: &str = "e_entry is purgatory_start";
const DEFINED: &str = "relocations refer to loaded symbols only";
const TYPES: &str = "only relocations 64, PC32, PLT32";
const NO_UNDEFINED: &str = "no undefined or common symbol";
const HEADER: &str = "purgatory_header: global, 400 bytes or more, first";
const KNOWN: &str = "purgatory_header: known magic, version, size, flags";

fn check(bytes: &[u8]) -> Vec<Finding> {
    contract::check(&Blob::parse(bytes).unwrap())
}

/// Asserts that exactly these rules fail. Returns the text of each finding.
#[track_caller]
fn assert_broken(bytes: &[u8], rules: &[&str]) -> Vec<String> {
    let broken: Vec<_> = check(bytes).into_iter().filter(|finding| !finding.passed).collect();
    let names: Vec<_> = broken.iter().map(|finding| finding.rule.name).collect();
    assert_eq!(names, rules);
    broken.into_iter().map(|finding| finding.found).collect()
}

#[test]
fn valid_object_passes_all_rules() {
    let findings = check(&native::purgatory().write());
    let names: Vec<_> = findings.iter().map(|finding| finding.rule.name).collect();
    let every = [AT_ZERO, SIZE, FEW, ALIGNMENT, ENTRY, DEFINED, TYPES, NO_UNDEFINED, HEADER, KNOWN];
    assert_eq!(names, every);
    for finding in findings {
        assert!(finding.passed, "{finding:?}");
        assert!(!finding.found.is_empty() && !finding.rule.why.is_empty(), "{finding:?}");
    }
}

#[test]
fn lists_the_recommended_rules() {
    let findings = check(&native::purgatory().write());
    let recommended = findings.iter().filter(|finding| finding.rule.level == Level::Recommended);
    let recommended: Vec<_> = recommended.map(|finding| finding.rule.name).collect();
    assert_eq!(recommended, [FEW, ALIGNMENT, TYPES, NO_UNDEFINED]);
}

#[test]
fn fails_a_missing_header() {
    let missing = "no such global symbol";
    assert_eq!(assert_broken(&Purgatory::new().write(), &[HEADER, KNOWN]), [missing; 2]);
    for binding in [STB_LOCAL, STB_WEAK] {
        let mut broken = Broken::of(&native::purgatory());
        let symbol = broken.symbol("purgatory_header");
        symbol.set_st_info(binding, symbol.st_type());
        assert_eq!(assert_broken(&broken.bytes, &[HEADER, KNOWN]), [missing; 2]);
    }
}

#[test]
fn fails_a_header_of_another_size() {
    let mut broken = Broken::of(&native::purgatory());
    broken.symbol("purgatory_header").st_size.set(Le, 264);
    let found = assert_broken(&broken.bytes, &[HEADER, KNOWN]);
    assert_eq!(found[0], format!("264 bytes in {}", broken.id(".text")));
    assert!(found[1].contains("400 bytes"), "{}", found[1]);
}

#[test]
fn passes_a_longer_header() {
    let header = native::longer_header();
    assert!(check(&native::starting_with(&header).write()).iter().all(|finding| finding.passed));
}

#[test]
fn fails_a_header_without_bytes() {
    let mut broken = Broken::of(&native::purgatory());
    let bss = broken.id(".bss");
    broken.section(".bss").sh_size.set(Le, HEADER_BYTES as u64);
    broken.symbol("stack_end").st_value.set(Le, HEADER_BYTES as u64);
    broken.symbol("purgatory_header").st_shndx.set(Le, Shndx(bss.index as u16));
    let found = assert_broken(&broken.bytes, &[HEADER, KNOWN]);
    assert_eq!(
        found,
        [&format!("400 bytes in {bss}, which has no bytes in the file"), "it is truncated"]
    );
}

#[test]
fn fails_a_header_that_is_not_first() {
    // After other bytes of its section, and in a section after another.
    let shifted = [[0x90; 16].as_slice(), &native::header()].concat();
    let mut behind_bytes = Purgatory::starting_with(&shifted, 0);
    let text = behind_bytes.text;
    behind_bytes.global("purgatory_header", text, 16, HEADER_BYTES as u64);
    let mut behind_section = Purgatory::without_tables(0);
    let data = behind_section.data;
    let value = behind_section.object.append_section_data(data, &native::header(), 32);
    behind_section.global("purgatory_header", data, value, HEADER_BYTES as u64);
    for (object, home) in [(behind_bytes, ".text"), (behind_section, ".data")] {
        let broken = Broken::of(&object);
        let found = assert_broken(&broken.bytes, &[HEADER]);
        let home = broken.id(home);
        assert_eq!(found, [format!("400 bytes in {home}, but not at the start of the image")]);
    }
}

#[test]
fn passes_a_header_after_a_section_without_bytes() {
    let mut broken = Broken::of(&native::purgatory());
    let places = [".text", ".rodata", ".data", ".bss"].map(|name| broken.id(name).index);
    assert!(places.is_sorted());
    // Move the last one to the front.
    let mut headers = places.map(|place| *broken.section_at(place));
    headers.rotate_right(1);
    for (place, header) in places.into_iter().zip(headers) {
        *broken.section_at(place) = header;
    }
    let [bss, text, ..] = places;
    for name in ["purgatory_header", "purgatory_start"] {
        broken.symbol(name).st_shndx.set(Le, Shndx(text as u16));
    }
    broken.symbol("stack_end").st_shndx.set(Le, Shndx(bss as u16));
    broken.section(".rela.text").sh_info.set(Le, text as u32);
    assert!(check(&broken.bytes).iter().all(|finding| finding.passed));
}

#[test]
fn fails_an_unknown_header() {
    let cases = [
        (0, b"p".as_slice(), "does not start with the magic of a native header"),
        (8, &[2], "version 2"),
        (12, &[0], "256 bytes"),
        (56, &[4], "flags 0x4"),
    ];
    for (at, bytes, what) in cases {
        let mut header = native::header();
        header[at..at + bytes.len()].copy_from_slice(bytes);
        let found = assert_broken(&native::starting_with(&header).write(), &[KNOWN]);
        assert!(found[0].contains(what), "{found:?}");
    }
}

#[test]
fn has_the_rules_of_all_loaders() {
    let mut purgatory = native::purgatory();
    let more = purgatory.object.add_section(vec![], b".data.more".to_vec(), SectionKind::Data);
    purgatory.object.append_section_data(more, &[0; 8], 8);
    assert_broken(&purgatory.write(), &[FEW]);
}

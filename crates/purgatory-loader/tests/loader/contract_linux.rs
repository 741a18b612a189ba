//! Each rule of the Linux kernel's contract: a valid object passes it, and a changed one fails it.

use crate::broken::Broken;
use crate::purgatory::Purgatory;
use object::LittleEndian as Le;
use object::SectionKind;
use object::elf::{
    R_X86_64_32, R_X86_64_32S, R_X86_64_64, SHN_ABS, SHN_COMMON, SHN_UNDEF, STB_LOCAL, STB_WEAK,
    SymbolSection as Shndx,
};
use object::write::SymbolSection;
use purgatory_loader::contract::{Finding, Level, linux};
use purgatory_loader::{Blob, MAX_MEMSZ};

const AT_ZERO: &str = "sections start at address 0";
const SIZE: &str = "size in memory at most 16 MiB";
const FEW: &str = "only .text .rodata .data .bss";
const ALIGNMENT: &str = "section alignment at most a page";
const ONE_SECTION: &str = "one executable section";
const ENTRY: &str = "e_entry is purgatory_start";
const DEFINED: &str = "relocations refer to loaded symbols only";
const TYPES: &str = "only relocations 64, PC32, PLT32";
const NO_UNDEFINED: &str = "no undefined or common symbol";
const REGS: &str = "entry64_regs: global, 136 bytes, not bss";
const REGIONS: &str = "purgatory_sha_regions: global, 256 bytes, not bss";
const DIGEST: &str = "purgatory_sha256_digest: global, 32 bytes, not bss";
const STACK_END: &str = "stack_end: global, loaded";

fn check(bytes: &[u8]) -> Vec<Finding> {
    linux::check(&Blob::parse(bytes).unwrap())
}

/// Asserts that exactly these rules fail. Returns the text of the first finding.
#[track_caller]
fn assert_broken(bytes: &[u8], rules: &[&str]) -> String {
    let broken: Vec<_> = check(bytes).into_iter().filter(|finding| !finding.passed).collect();
    let names: Vec<_> = broken.iter().map(|finding| finding.rule.name).collect();
    assert_eq!(names, rules);
    broken[0].found.clone()
}

#[test]
fn valid_object_passes_all_rules() {
    let findings = check(&Purgatory::new().write());
    let names: Vec<_> = findings.iter().map(|finding| finding.rule.name).collect();
    let every = [
        AT_ZERO,
        SIZE,
        FEW,
        ALIGNMENT,
        ONE_SECTION,
        ENTRY,
        DEFINED,
        TYPES,
        NO_UNDEFINED,
        REGS,
        REGIONS,
        DIGEST,
        STACK_END,
    ];
    assert_eq!(names, every);
    for finding in findings {
        assert!(finding.passed, "{finding:?}");
        assert!(!finding.found.is_empty() && !finding.rule.why.is_empty(), "{finding:?}");
    }
}

#[test]
fn lists_the_recommended_rules() {
    let findings = check(&Purgatory::new().write());
    let recommended = findings.iter().filter(|finding| finding.rule.level == Level::Recommended);
    let recommended: Vec<_> = recommended.map(|finding| finding.rule.name).collect();
    assert_eq!(recommended, [FEW, ALIGNMENT, ONE_SECTION, TYPES, NO_UNDEFINED]);
}

#[test]
fn pads_levels() {
    assert_eq!(
        format!("{:11}|{:11}|", Level::Required, Level::Recommended),
        "required   |recommended|"
    );
}

#[test]
fn fails_a_section_with_an_address() {
    let mut broken = Broken::new();
    broken.section(".rodata").sh_addr.set(Le, 0x40);
    let found = assert_broken(&broken.bytes, &[AT_ZERO]);
    assert_eq!(found, format!("{} is at 0x40", broken.id(".rodata")));
}

#[test]
fn fails_a_large_image() {
    let mut broken = Broken::new();
    broken.section(".bss").sh_size.set(Le, MAX_MEMSZ);
    assert_broken(&broken.bytes, &[SIZE]);
}

#[test]
fn fails_other_sections() {
    for (name, kind) in [(".rodata.str", SectionKind::ReadOnlyData), (".data", SectionKind::Data)] {
        let mut purgatory = Purgatory::new();
        let more = purgatory.object.add_section(vec![], name.into(), kind);
        purgatory.object.append_section_data(more, &[0; 8], 8);
        let found = assert_broken(&purgatory.write(), &[FEW]);
        assert!(found.ends_with(name), "{found}");
    }
}

#[test]
fn fails_a_large_alignment() {
    let mut broken = Broken::new();
    broken.section(".data").sh_addralign.set(Le, 4096);
    assert!(check(&broken.bytes).iter().all(|finding| finding.passed));
    broken.section(".data").sh_addralign.set(Le, 8192);
    let found = assert_broken(&broken.bytes, &[ALIGNMENT]);
    assert_eq!(found, format!("{} at 8192", broken.id(".data")));
}

#[test]
fn fails_two_executable_sections() {
    let mut purgatory = Purgatory::new();
    let hot = purgatory.object.add_section(vec![], b".text.hot".to_vec(), SectionKind::Text);
    purgatory.object.append_section_data(hot, &[0x90; 8], 8);
    assert_broken(&purgatory.write(), &[FEW, ONE_SECTION]);
}

#[test]
fn fails_another_entry() {
    let mut broken = Broken::new();
    broken.header().e_entry.set(Le, 0x11);
    assert_broken(&broken.bytes, &[ENTRY]);
}

#[test]
fn fails_an_entry_in_another_section() {
    let mut broken = Broken::new();
    let rodata = broken.id(".rodata").index;
    let start = broken.symbol("purgatory_start");
    start.st_shndx.set(Le, Shndx(rodata as u16));
    assert_broken(&broken.bytes, &[ENTRY]);
}

#[test]
fn fails_an_entry_without_global_symbol() {
    for binding in [STB_LOCAL, STB_WEAK] {
        let mut broken = Broken::new();
        let start = broken.symbol("purgatory_start");
        start.set_st_info(binding, start.st_type());
        let found = assert_broken(&broken.bytes, &[ENTRY]);
        assert_eq!(found, "no global purgatory_start");
    }
    let mut broken = Broken::new();
    broken.symbol("purgatory_start").st_shndx.set(Le, SHN_ABS);
    assert_broken(&broken.bytes, &[ENTRY]);
}

#[test]
fn fails_a_relocation_against_an_undefined_symbol() {
    let mut purgatory = Purgatory::new();
    let text = purgatory.text;
    let memcpy = purgatory.outside_sections("memcpy", SymbolSection::Undefined, 0);
    purgatory.relocate(text, 0x20, R_X86_64_64, memcpy, 0);
    let broken = Broken::of(&purgatory);
    let found = assert_broken(&broken.bytes, &[DEFINED, NO_UNDEFINED]);
    assert_eq!(found, format!("{}, offset 0x20: `memcpy` is undefined", broken.id(".text")));
}

#[test]
fn fails_a_relocation_against_a_common_symbol() {
    let mut broken = Broken::new();
    broken.symbol("stack_end").st_shndx.set(Le, SHN_COMMON);
    assert_broken(&broken.bytes, &[DEFINED, NO_UNDEFINED, STACK_END]);
}

#[test]
fn fails_a_relocation_against_an_unloaded_section() {
    let mut purgatory = Purgatory::new();
    let text = purgatory.text;
    let (_, line) = purgatory.unloaded();
    purgatory.relocate(text, 0x20, R_X86_64_64, line, 0);
    assert_broken(&purgatory.write(), &[DEFINED]);
}

#[test]
fn fails_a_32_bit_relocation() {
    for (kind, name) in [(R_X86_64_32, "1 R_X86_64_32"), (R_X86_64_32S, "1 R_X86_64_32S")] {
        let mut purgatory = Purgatory::new();
        let (text, stack_end) = (purgatory.text, purgatory.stack_end);
        purgatory.relocate(text, 0x20, kind, stack_end, 0);
        let found = assert_broken(&purgatory.write(), &[TYPES]);
        assert!(found.split(", ").any(|part| part == name), "{found}");
    }
}

#[test]
fn fails_an_unused_undefined_symbol() {
    let mut purgatory = Purgatory::new();
    purgatory.outside_sections("memcpy", SymbolSection::Undefined, 0);
    assert_eq!(assert_broken(&purgatory.write(), &[NO_UNDEFINED]), "`memcpy` is undefined");
}

/// The three tables, with their rules and sizes.
const TABLES: [(&str, &str, u64); 3] = [
    ("entry64_regs", REGS, 136),
    ("purgatory_sha_regions", REGIONS, 256),
    ("purgatory_sha256_digest", DIGEST, 32),
];

#[test]
fn fails_a_table_of_another_size() {
    for (name, rule, size) in TABLES {
        let mut broken = Broken::new();
        broken.symbol(name).st_size.set(Le, size - 8);
        let found = assert_broken(&broken.bytes, &[rule]);
        assert_eq!(found, format!("{} bytes in {}", size - 8, broken.id(".data")));
    }
}

#[test]
fn fails_a_table_without_bytes() {
    for (name, rule, _) in TABLES {
        let mut broken = Broken::new();
        let bss = broken.id(".bss").index;
        let symbol = broken.symbol(name);
        symbol.st_shndx.set(Le, Shndx(bss as u16));
        symbol.st_value.set(Le, 0);
        assert_broken(&broken.bytes, &[rule]);
    }
}

#[test]
fn fails_a_table_that_is_not_global() {
    for (name, rule, _) in TABLES {
        for binding in [STB_LOCAL, STB_WEAK] {
            let mut broken = Broken::new();
            let symbol = broken.symbol(name);
            symbol.set_st_info(binding, symbol.st_type());
            let found = assert_broken(&broken.bytes, &[rule]);
            assert_eq!(found, "no such global symbol");
        }
    }
}

#[test]
fn fails_an_absolute_or_undefined_table() {
    let mut broken = Broken::new();
    broken.symbol("purgatory_sha_regions").st_shndx.set(Le, SHN_ABS);
    assert_eq!(assert_broken(&broken.bytes, &[REGIONS]), "the symbol is in no section");
    broken.symbol("purgatory_sha_regions").st_shndx.set(Le, SHN_UNDEF);
    assert_broken(&broken.bytes, &[NO_UNDEFINED, REGIONS]);
}

#[test]
fn fails_a_local_stack_end() {
    let mut broken = Broken::new();
    let symbol = broken.symbol("stack_end");
    symbol.set_st_info(STB_LOCAL, symbol.st_type());
    assert_broken(&broken.bytes, &[STACK_END]);
}

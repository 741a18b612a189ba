//! Each rule of kexec-tools' contract: a valid object passes it, and a changed one fails it.

use crate::broken::Broken;
use crate::kexec_tools::{CODE, ENTRY32, SET, purgatory};
use object::elf::{
    R_X86_64_32, R_X86_64_64, R_X86_64_PC32, Rela64, SHN_ABS, SHN_COMMON, STB_LOCAL, STB_WEAK,
    SymbolSection as Shndx,
};
use object::write::SymbolSection;
use object::{LittleEndian as Le, SectionKind};
use purgatory_loader::contract::{Finding, Level, kexec_tools};
use purgatory_loader::{Blob, MAX_MEMSZ};

const AT_ZERO: &str = "sections start at address 0";
const SIZE: &str = "size in memory at most 16 MiB";
const FEW: &str = "only .text .rodata .data .bss";
const ALIGNMENT: &str = "section alignment at most a page";
const ENTRY: &str = "e_entry is purgatory_start";
const DEFINED: &str = "relocations refer to loaded symbols only";
const TYPES: &str = "only relocations 64, PC32, PLT32";
const NO_UNDEFINED: &str = "no undefined or common symbol";
const RIP: &str = "entry64_regs.rip defaults to entry32";
const STACK_ARGUMENTS: &str = "stack_arg32_1 directly after stack_arg32_2";
const ENTRY16: &str = "entry16: 16-byte aligned";
const ENTRY16_DEBUG: &str = "entry16_debug: 16-byte aligned";
const PRE32: &str = "entry16_debug_pre32 within 64 KiB of entry16_debug";

fn set_rule(name: &str, size: u64) -> String {
    let unit = if size == 1 { "byte" } else { "bytes" };
    format!("{name}: global, {size} {unit}, not bss")
}

fn address_rule(name: &str) -> String {
    format!("{name}: global, loaded")
}

fn check(bytes: &[u8]) -> Vec<Finding> {
    kexec_tools::check(&Blob::parse(bytes).unwrap())
}

/// The names of the rules that fail, each with the text of its finding.
fn broken_rules(bytes: &[u8]) -> Vec<(String, String)> {
    let broken = check(bytes).into_iter().filter(|finding| !finding.passed);
    broken.map(|finding| (finding.rule.name.into(), finding.found)).collect()
}

/// Asserts that exactly these rules fail. Returns the text of the first finding.
#[track_caller]
fn assert_broken(bytes: &[u8], rules: &[&str]) -> String {
    let broken = broken_rules(bytes);
    let names: Vec<_> = broken.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, rules);
    broken[0].1.clone()
}

/// Asserts that this rule is among those that fail. Returns the text of its finding.
#[track_caller]
fn assert_breaks(bytes: &[u8], rule: &str) -> String {
    let broken = broken_rules(bytes);
    let found = broken.iter().find(|(name, _)| name == rule);
    found.unwrap_or_else(|| panic!("{rule} is not among {broken:?}")).1.clone()
}

/// Asserts that `rule` fails unless it `passes`, and that no other rule fails.
#[track_caller]
fn assert_broken_unless(passes: bool, bytes: &[u8], rule: &str) {
    let names: Vec<_> = broken_rules(bytes).into_iter().map(|(name, _)| name).collect();
    let expected = if passes { vec![] } else { vec![rule] };
    assert_eq!(names, expected);
}

fn good() -> Broken {
    Broken::of(&purgatory())
}

#[test]
fn valid_object_passes_all_rules() {
    let findings = check(&purgatory().write());
    let mut names: Vec<_> = findings.iter().map(|finding| finding.rule.name).collect();
    let mut every: Vec<String> =
        [AT_ZERO, SIZE, FEW, ALIGNMENT, ENTRY, DEFINED, TYPES, NO_UNDEFINED].map(Into::into).into();
    every.extend(SET.map(|(name, size)| set_rule(name, size)));
    every.push(address_rule("stack_end"));
    every.extend(CODE.map(|(name, _)| address_rule(name)));
    every.extend([RIP, STACK_ARGUMENTS, ENTRY16, ENTRY16_DEBUG, PRE32].map(Into::into));
    names.sort_unstable();
    every.sort_unstable();
    assert_eq!(names, every);
    for finding in findings {
        assert!(finding.passed, "{finding:?}");
        assert!(!finding.found.is_empty() && !finding.rule.why.is_empty(), "{finding:?}");
    }
}

#[test]
fn lists_the_recommended_rules() {
    let findings = check(&purgatory().write());
    let recommended = findings.iter().filter(|finding| finding.rule.level == Level::Recommended);
    let recommended: Vec<_> = recommended.map(|finding| finding.rule.name).collect();
    assert_eq!(recommended, [FEW, ALIGNMENT, TYPES, NO_UNDEFINED, ENTRY16]);
}

#[test]
fn has_the_rules_of_all_loaders() {
    let mut broken = good();
    broken.section(".rodata").sh_addr.set(Le, 0x40);
    assert_broken(&broken.bytes, &[AT_ZERO]);

    let mut broken = good();
    broken.section(".bss").sh_size.set(Le, MAX_MEMSZ);
    assert_breaks(&broken.bytes, SIZE);

    let mut more = purgatory();
    let section = more.object.add_section(vec![], b".more".to_vec(), SectionKind::Data);
    more.object.append_section_data(section, &[0; 8], 8);
    assert_broken(&more.write(), &[FEW]);

    let mut broken = good();
    broken.section(".data").sh_addralign.set(Le, 8192);
    assert_broken(&broken.bytes, &[ALIGNMENT]);

    let mut broken = good();
    broken.header().e_entry.set(Le, 0x11);
    assert_broken(&broken.bytes, &[ENTRY]);

    let mut narrow = purgatory();
    let (text, stack_end) = (narrow.text, narrow.stack_end);
    narrow.relocate(text, 0x20, R_X86_64_32, stack_end, 0);
    assert_broken(&narrow.write(), &[TYPES]);

    let mut undefined = purgatory();
    let memcpy = undefined.outside_sections("memcpy", SymbolSection::Undefined, 0);
    assert_broken(&undefined.write(), &[NO_UNDEFINED]);
    undefined.relocate(text, 0x20, R_X86_64_64, memcpy, 0);
    assert_broken(&undefined.write(), &[DEFINED, NO_UNDEFINED]);

    let mut common = good();
    common.symbol("entry32").st_shndx.set(Le, SHN_COMMON);
    assert_broken(&common.bytes, &[DEFINED, NO_UNDEFINED, RIP]);
}

#[test]
fn fails_a_written_symbol_of_another_size() {
    for (name, size) in SET {
        for other in [size - 1, size * 2] {
            // A larger symbol must still be inside its section.
            let mut broken = good();
            let symbol = broken.symbol(name);
            symbol.st_value.set(Le, 0);
            symbol.st_size.set(Le, other);
            let found = assert_breaks(&broken.bytes, &set_rule(name, size));
            let unit = if other == 1 { "byte" } else { "bytes" };
            assert_eq!(found, format!("{other} {unit} in {}", broken.id(".data")));
        }
    }
}

#[test]
fn fails_a_written_symbol_without_bytes() {
    for (name, size) in SET {
        let mut broken = good();
        let bss = broken.id(".bss").index;
        let symbol = broken.symbol(name);
        symbol.st_shndx.set(Le, Shndx(bss as u16));
        symbol.st_value.set(Le, 0);
        let found = assert_breaks(&broken.bytes, &set_rule(name, size));
        assert!(found.ends_with("which has no bytes in the file"), "{found}");
    }
}

#[test]
fn fails_a_symbol_that_is_not_global() {
    let set = SET.map(|(name, size)| (name, set_rule(name, size)));
    let by_address = CODE.map(|(name, _)| (name, address_rule(name)));
    let stack_end = ("stack_end", address_rule("stack_end"));
    for (name, rule) in set.into_iter().chain(by_address).chain([stack_end]) {
        for binding in [STB_LOCAL, STB_WEAK] {
            let mut broken = good();
            let symbol = broken.symbol(name);
            symbol.set_st_info(binding, symbol.st_type());
            assert_eq!(assert_breaks(&broken.bytes, &rule), "no such global symbol");
        }
        let mut broken = good();
        broken.symbol(name).st_shndx.set(Le, SHN_ABS);
        assert_eq!(assert_breaks(&broken.bytes, &rule), "the symbol is in no section");
    }
}

#[test]
fn fails_a_symbol_that_is_not_loaded() {
    for name in ["serial_base", "stack_end", "entry16_debug_first32"] {
        let mut purgatory = purgatory();
        purgatory.unloaded();
        let mut broken = Broken::of(&purgatory);
        let debug = broken.id(".debug");
        let symbol = broken.symbol(name);
        symbol.st_shndx.set(Le, Shndx(debug.index as u16));
        symbol.st_value.set(Le, 0);
        let rules = broken_rules(&broken.bytes);
        let [(rule, found)] = rules.as_slice() else { panic!("{name}: {rules:?}") };
        assert!(rule.starts_with(name), "{rule}");
        assert_eq!(*found, format!("{debug} is not loaded"));
    }
}

/// Index of the default's relocation in .rela.data.
const DEFAULT: usize = 0;

#[test]
fn passes_a_default_by_section_symbol() {
    let mut purgatory = purgatory();
    let section = purgatory.object.section_symbol(purgatory.text);
    // A relocation makes the writer keep the section's symbol.
    purgatory.relocate(purgatory.text, 0, R_X86_64_64, section, 0);
    for (addend, passes) in [(ENTRY32, true), (ENTRY32 + 1, false)] {
        let mut changed = Broken::of(&purgatory);
        let text = changed.relocation(".rela.text", 0).r_sym(Le, false);
        let relocation = changed.relocation(".rela.data", DEFAULT);
        relocation.set_r_info(Le, false, text, R_X86_64_64);
        relocation.r_addend.set(Le, addend as i64);
        assert_broken_unless(passes, &changed.bytes, RIP);
    }
}

#[test]
fn fails_a_missing_default() {
    let mut broken = good();
    broken.relocation(".rela.data", DEFAULT).r_offset.set(Le, 0);
    let found = assert_broken(&broken.bytes, &[RIP]);
    assert!(found.starts_with("no relocation sets offset "), "{found}");
}

#[test]
fn fails_a_relative_default() {
    let mut broken = good();
    retype(broken.relocation(".rela.data", DEFAULT), R_X86_64_PC32);
    assert_broken(&broken.bytes, &[RIP]);
}

#[test]
fn fails_a_32_bit_default() {
    let mut broken = good();
    retype(broken.relocation(".rela.data", DEFAULT), R_X86_64_32);
    assert_broken(&broken.bytes, &[TYPES, RIP]);
}

#[test]
fn fails_a_default_with_another_address() {
    let mut broken = good();
    broken.relocation(".rela.data", DEFAULT).r_addend.set(Le, 8);
    assert_broken(&broken.bytes, &[RIP]);

    let mut broken = good();
    let stack_end = broken.symbol_index("stack_end") as u32;
    broken.relocation(".rela.data", DEFAULT).set_r_info(Le, false, stack_end, R_X86_64_64);
    let found = assert_broken(&broken.bytes, &[RIP]);
    assert!(found.ends_with(&format!("of {}", broken.id(".bss"))), "{found}");

    let mut broken = good();
    broken.symbol("entry32").st_shndx.set(Le, SHN_ABS);
    let found = assert_broken(&broken.bytes, &[RIP]);
    assert_eq!(found, "entry32: the symbol is in no section");
}

#[test]
fn checks_the_last_of_two_defaults() {
    let mut purgatory = purgatory();
    let (data, stack_end) = (purgatory.data, purgatory.stack_end);
    let mut good = Broken::of(&purgatory);
    let rip = good.relocation(".rela.data", 0).r_offset.get(Le);
    purgatory.relocate(data, rip, R_X86_64_64, stack_end, 0);
    assert_broken(&purgatory.write(), &[RIP]);
}

fn retype(relocation: &mut Rela64<Le>, kind: object::elf::RelocationType) {
    let symbol = relocation.r_sym(Le, false);
    relocation.set_r_info(Le, false, symbol, kind);
}

#[test]
fn fails_separate_stack_arguments() {
    let mut broken = good();
    let second = broken.symbol("stack_arg32_2").st_value.get(Le);
    broken.symbol("stack_arg32_1").st_value.set(Le, second);
    assert_broken(&broken.bytes, &[STACK_ARGUMENTS]);
    broken.symbol("stack_arg32_1").st_value.set(Le, second - 4);
    assert_broken(&broken.bytes, &[STACK_ARGUMENTS]);

    // The same offset, but in another section.
    let mut broken = good();
    let rodata = broken.id(".rodata").index;
    let symbol = broken.symbol("stack_arg32_1");
    symbol.st_shndx.set(Le, Shndx(rodata as u16));
    symbol.st_value.set(Le, 0);
    assert_broken(&broken.bytes, &[STACK_ARGUMENTS]);
}

#[test]
fn fails_unaligned_real_mode_code() {
    for (name, rule) in [("entry16", ENTRY16), ("entry16_debug", ENTRY16_DEBUG)] {
        let mut broken = good();
        let value = broken.symbol(name).st_value.get(Le);
        broken.symbol(name).st_value.set(Le, value - 8);
        // The default relocation moves with the symbol.
        assert_broken(&broken.bytes, &[rule]);
    }
}

#[test]
fn checks_the_alignment_of_real_mode_code_in_memory() {
    let mut purgatory = purgatory();
    let late = purgatory.object.add_section(vec![], b".late".to_vec(), SectionKind::Text);
    purgatory.object.append_section_data(late, &[0x90; 0x10], 8);
    let mut moved = Broken::of(&purgatory);
    let section = moved.id(".late").index;
    let mut at = |value: u64| {
        for name in ["entry16", "entry16_debug", "entry16_debug_pre32"] {
            let symbol = moved.symbol(name);
            symbol.st_shndx.set(Le, Shndx(section as u16));
            symbol.st_value.set(Le, value);
        }
        broken_rules(&moved.bytes).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    // .data ends at 0x2c6, so the section starts in the middle of a paragraph.
    assert_eq!(at(0), [FEW, ENTRY16, ENTRY16_DEBUG]);
    assert_eq!(at(8), [FEW]);
}

#[test]
fn fails_a_distant_callback() {
    let mut purgatory = purgatory();
    let text = purgatory.text;
    purgatory.object.append_section_data(text, &[0x90; 0x1_0000], 16);
    let mut broken = Broken::of(&purgatory);
    let start = broken.symbol("entry16_debug").st_value.get(Le);
    for (pre32, passes) in
        [(start, true), (start + 0xffff, true), (start + 0x1_0000, false), (start - 1, false)]
    {
        broken.symbol("entry16_debug_pre32").st_value.set(Le, pre32);
        assert_broken_unless(passes, &broken.bytes, PRE32);
    }
}

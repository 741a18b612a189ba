//! Makes the relocatable object that a loader embeds from a linked program.
//!
//! One executable section contains everything before `.bss`. So the loader has only absolute addresses to relocate,
//! and no other references between code and data. Both stock loaders place `.bss` directly after this section, as the
//! program was linked.

use super::linked::Linked;
use anyhow::{Context, Result, ensure};
use object::Endianness;
use object::elf::{
    EM_X86_64, ET_REL, R_X86_64_64, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHN_UNDEF, SHT_NOBITS,
    SHT_PROGBITS, SHT_SYMTAB, STB_GLOBAL, STB_LOCAL, STT_FUNC, STT_NOTYPE, STT_OBJECT, STT_SECTION,
    STV_DEFAULT, Sym64, SymbolInfo, SymbolType,
};
use object::write::StringId;
use object::write::elf::{FileHeader, Rel, SectionHeader, SectionIndex, Sym, Writer};
use purgatory_abi::linux::ENTRY;
use purgatory_abi::{Symbol, SymbolKind};
use std::collections::BTreeMap;

/// The maximum alignment of a section, in bytes: a page.
const MAX_ALIGN: u64 = 4096;

/// The size of an entry of the symbol table, in bytes.
const SYMBOL_BYTES: u64 = size_of::<Sym64<Endianness>>() as u64;

/// Makes the object. Everything has its place before the first byte is written, and is written in the order of the
/// places.
pub(crate) fn write(linked: &Linked, symbols: &[Symbol]) -> Result<Vec<u8>> {
    check(linked, symbols)?;
    let mut file = Vec::new();
    let mut out = Writer::new(Endianness::Little, true, &mut file);

    let text = out.reserve_section_index();
    let bss = out.reserve_section_index();
    let text_name = out.add_section_name(b".text");
    let bss_name = out.add_section_name(b".bss");
    // Without relocations the object has no section for them.
    let relocations_name = (!linked.pointers.is_empty()).then(|| {
        out.reserve_section_index();
        out.add_section_name(b".rela.text")
    });
    let symtab = out.reserve_symtab_section_index();
    let symtab_name = out.add_section_name(b".symtab");
    // One string table has the names of sections and symbols: a second table would waste a header of 64 bytes.
    let names = out.reserve_shstrtab_section_index();
    let symbol_names: Vec<StringId> =
        symbols.iter().map(|symbol| out.add_section_name(symbol.name.as_bytes())).collect();

    // The section that contains an address, and the start of that section.
    let place = |address| {
        if address < linked.bss_start { (text, 0) } else { (bss, linked.bss_start) }
    };
    // Symbols of the sections that relocations lead to: any other one would be bytes for nothing.
    let is_target = |section| linked.pointers.iter().any(|p| place(p.target).0 == section);
    let mut targets = BTreeMap::new();
    for section in [text, bss].into_iter().filter(|section| is_target(*section)) {
        targets.insert(section.0, out.reserve_symbol_index(Some(section)));
    }
    for _ in symbols {
        out.reserve_symbol_index(None);
    }

    out.reserve_file_header();
    // Sections are aligned in memory only: padding in the file would waste bytes.
    let text_offset = out.reserve(linked.bss_start, 1);
    let relocations_offset = out.reserve_relocations(linked.pointers.len(), true);
    out.reserve_symtab();
    out.reserve_shstrtab().context("names")?;
    out.reserve_section_headers();

    let header = FileHeader {
        e_type: ET_REL,
        e_machine: EM_X86_64,
        e_entry: linked.entry,
        ..FileHeader::default()
    };
    out.write_file_header(&header).context("file header")?;
    out.write(&linked.image);
    out.write_align_relocation();
    for pointer in &linked.pointers {
        let (section, base) = place(pointer.target);
        let relocation = Rel {
            r_offset: pointer.at,
            r_sym: targets[&section.0].0,
            r_type: R_X86_64_64,
            r_addend: (pointer.target - base) as i64,
        };
        out.write_relocation(true, &relocation);
    }

    let symtab_offset = out.write_null_symbol();
    for section in targets.keys() {
        let info = SymbolInfo::new(STB_LOCAL, STT_SECTION);
        out.write_symbol(&symbol(SectionIndex(*section), 0, info, 0, 0));
    }
    for (Symbol { name, kind, .. }, string) in symbols.iter().zip(symbol_names) {
        let found = linked.symbol(name)?;
        let (section, base) = place(found.address);
        let string = out.section_name_offset(Some(string));
        let info = SymbolInfo::new(STB_GLOBAL, elf_type(*kind));
        out.write_symbol(&symbol(section, string, info, found.address - base, found.size));
    }
    out.write_shstrtab();

    out.write_null_section_header();
    out.write_section_header(&SectionHeader {
        sh_name: out.section_name_offset(Some(text_name)),
        sh_type: SHT_PROGBITS,
        sh_flags: SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR,
        sh_offset: text_offset,
        sh_size: linked.bss_start,
        sh_addralign: linked.image_align,
        ..SectionHeader::default()
    });
    out.write_section_header(&SectionHeader {
        sh_name: out.section_name_offset(Some(bss_name)),
        sh_type: SHT_NOBITS,
        sh_flags: SHF_ALLOC | SHF_WRITE,
        sh_offset: relocations_offset,
        sh_size: linked.bss_size,
        sh_addralign: linked.bss_align,
        ..SectionHeader::default()
    });
    if let Some(name) = relocations_name {
        let count = linked.pointers.len();
        out.write_relocation_section_header(name, text, symtab, relocations_offset, count, true);
    }
    out.write_section_header(&SectionHeader {
        sh_name: out.section_name_offset(Some(symtab_name)),
        sh_type: SHT_SYMTAB,
        sh_offset: symtab_offset,
        sh_size: u64::from(out.symbol_count()) * SYMBOL_BYTES,
        sh_link: names.0,
        // Local symbols: the null symbol, and those of sections.
        sh_info: 1 + targets.len() as u32,
        sh_addralign: align_of::<u64>() as u64,
        sh_entsize: SYMBOL_BYTES,
        ..SectionHeader::default()
    });
    out.write_shstrtab_section_header();
    Ok(file)
}

/// Checks properties that no loader checks: the entry, alignments, and the sizes of tables.
fn check(linked: &Linked, symbols: &[Symbol]) -> Result<()> {
    let entry = linked.symbol(ENTRY)?.address;
    ensure!(
        linked.entry == entry,
        "the program's entry is {:#x}, but {ENTRY} is at {entry:#x}",
        linked.entry
    );
    for (section, align) in [(".text", linked.image_align), (".bss", linked.bss_align)] {
        ensure!(
            align.is_power_of_two() && align <= MAX_ALIGN,
            "{section} has an alignment of {align} bytes: it must be a power of two, at most {MAX_ALIGN}"
        );
    }
    for Symbol { name, kind, .. } in symbols {
        let found = linked.symbol(name)?.size;
        if let SymbolKind::Table { bytes } = *kind {
            ensure!(found == bytes as u64, "{name} has {found} bytes, but loaders write {bytes}");
        }
    }
    Ok(())
}

fn elf_type(kind: SymbolKind) -> SymbolType {
    match kind {
        SymbolKind::Function => STT_FUNC,
        SymbolKind::Label => STT_NOTYPE,
        SymbolKind::Table { .. } => STT_OBJECT,
    }
}

fn symbol(section: SectionIndex, name: u32, info: SymbolInfo, value: u64, size: u64) -> Sym {
    Sym {
        section: Some(section.0),
        st_name: name,
        st_info: info,
        st_other: STV_DEFAULT.into(),
        st_shndx: SHN_UNDEF,
        st_value: value,
        st_size: size,
    }
}

#[cfg(test)]
mod tests {
    use super::super::kind::LINUX;
    use super::super::linked::fixture;
    use super::*;
    use object::elf::SectionHeader64;
    use purgatory_loader::contract::linux;
    use purgatory_loader::{Blob, Image, RelocationType};

    /// The size of a section header, in bytes.
    const SECTION_HEADER_BYTES: u64 = size_of::<SectionHeader64<Endianness>>() as u64;

    #[test]
    fn passes_the_contract_and_keeps_all_addresses() {
        let linked = fixture::linked();
        let object = write(&linked, LINUX.symbols).unwrap();
        let blob = Blob::parse(&object).unwrap();
        for finding in linux::check(&blob) {
            assert!(finding.passed, "{}: {}", finding.rule.name, finding.found);
        }
        assert!(blob.relocations().iter().all(|found| found.kind == RelocationType::Abs64));

        let base = 0x1_2345_6000;
        let image = Image::place(&blob, base).unwrap();
        assert_eq!(image.entry(), base + linked.entry);
        for Symbol { name, .. } in LINUX.symbols {
            let symbol = linked.symbol(name).unwrap();
            let placed = image.symbol(name).unwrap();
            assert_eq!(placed.address, base + symbol.address, "{name}");
        }
        for pointer in &linked.pointers {
            let at = pointer.at as usize;
            let filled_in = image.bytes()[at..].first_chunk().unwrap();
            assert_eq!(u64::from_le_bytes(*filled_in), base + pointer.target);
        }
    }

    #[test]
    fn omits_section_symbols_and_the_relocation_section_without_relocations() {
        let mut linked = fixture::linked();
        let size = |linked: &Linked| {
            let object = write(linked, LINUX.symbols).unwrap();
            let blob = Blob::parse(&object).unwrap();
            let found = blob.sections().iter().any(|section| section.name == ".rela.text");
            assert_eq!(found, !linked.pointers.is_empty());
            object.len() as u64
        };
        let both = size(&linked);
        linked.pointers.retain(|pointer| pointer.target < linked.bss_start);
        let (text, pointers) = (size(&linked), linked.pointers.len());
        assert_eq!(
            both - text,
            SYMBOL_BYTES * (fixture::linked().pointers.len() - pointers + 1) as u64
        );
        linked.pointers.clear();
        // The section's name may fit in the padding before the headers.
        let least = SYMBOL_BYTES * (pointers + 1) as u64 + SECTION_HEADER_BYTES;
        assert!(text - size(&linked) >= least);
    }

    #[test]
    fn alignment_adds_no_bytes_to_the_file() {
        let mut linked = fixture::linked();
        let small = write(&linked, LINUX.symbols).unwrap().len();
        linked.image_align = MAX_ALIGN;
        linked.bss_align = MAX_ALIGN;
        assert_eq!(write(&linked, LINUX.symbols).unwrap().len(), small);
    }

    #[test]
    fn rejects_invalid_entries_alignments_and_symbols() {
        let assert_rejected = |change: &dyn Fn(&mut Linked), expected: &str| {
            let mut linked = fixture::linked();
            change(&mut linked);
            let error = write(&linked, LINUX.symbols).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        assert_rejected(&|linked| linked.entry += 1, ENTRY);
        assert_rejected(&|linked| linked.image_align = 3, ".text has an alignment of 3");
        assert_rejected(&|linked| linked.bss_align = 8192, ".bss has an alignment of 8192");
        for Symbol { name, kind, .. } in LINUX.symbols {
            assert_rejected(&|linked| linked.symbols.retain(|symbol| symbol.name != *name), name);
            if matches!(kind, SymbolKind::Table { .. }) {
                let shorten = |linked: &mut Linked| {
                    let symbol = linked.symbols.iter_mut().find(|symbol| symbol.name == *name);
                    symbol.unwrap().size -= 1;
                };
                assert_rejected(&shorten, name);
            }
        }
    }
}

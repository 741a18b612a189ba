//! The relocatable object that a loader embeds, made of a linked program.
//!
//! One executable section holds everything up to `.bss`, so that no reference between code and data is left to the
//! loader but the absolute addresses. Both stock loaders lay `.bss` directly behind, which is what it was linked for.

use super::linked::Linked;
use anyhow::{Context, Result, ensure};
use object::Endianness;
use object::elf::{
    EM_X86_64, ET_REL, R_X86_64_64, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHN_UNDEF, SHT_NOBITS,
    SHT_PROGBITS, SHT_SYMTAB, STB_GLOBAL, STB_LOCAL, STT_FUNC, STT_NOTYPE, STT_OBJECT, STT_SECTION,
    STV_DEFAULT, Sym64, SymbolInfo, SymbolType,
};
use object::write::StringId;
use object::write::elf::{FileHeader, Rel, SectionHeader, SectionIndex, Sym, SymbolIndex, Writer};
use purgatory_abi::linux::ENTRY;
use purgatory_abi::{Symbol, SymbolKind};

/// The largest alignment that a section may ask for, in bytes: a page.
const LARGEST_ALIGN: u64 = 4096;

/// Bytes in a row of the symbol table.
const SYMBOL_BYTES: u64 = size_of::<Sym64<Endianness>>() as u64;

/// Makes the object.
pub(crate) fn write(linked: &Linked, symbols: &'static [Symbol]) -> Result<Vec<u8>> {
    check(linked, symbols)?;
    let mut file = Vec::new();
    let mut object =
        Object::reserve(linked, symbols, Writer::new(Endianness::Little, true, &mut file))?;
    object.write_contents()?;
    object.write_symbols()?;
    object.write_section_headers();
    Ok(file)
}

/// What no loader would notice.
fn check(linked: &Linked, symbols: &[Symbol]) -> Result<()> {
    let entry = linked.symbol(ENTRY)?.address;
    ensure!(
        linked.entry == entry,
        "the program begins at {:#x}, and {ENTRY} lies at {entry:#x}",
        linked.entry
    );
    for (section, align) in [(".text", linked.image_align), (".bss", linked.bss_align)] {
        ensure!(
            align.is_power_of_two() && align <= LARGEST_ALIGN,
            "{section} asks for an alignment of {align} bytes: a power of two up to {LARGEST_ALIGN} is possible"
        );
    }
    for Symbol { name, kind, .. } in symbols {
        let found = linked.symbol(name)?.size;
        if let SymbolKind::Table { bytes } = *kind {
            ensure!(found == bytes as u64, "{name} has {found} bytes, and loaders write {bytes}");
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

/// An object on its way into a file. Everything has its place before the first byte is written, and is written in the
/// order of the places.
struct Object<'a> {
    linked: &'a Linked,
    symbols: &'static [Symbol],
    out: Writer<'a>,
    text: SectionIndex,
    bss: SectionIndex,
    symtab: SectionIndex,
    names: SectionIndex,
    /// Symbols of sections, for the relocations that lead there: without one, a symbol would be bytes for nothing.
    text_symbol: Option<SymbolIndex>,
    bss_symbol: Option<SymbolIndex>,
    text_name: StringId,
    bss_name: StringId,
    /// None without relocations: the object has no section for them then.
    relocations_name: Option<StringId>,
    symtab_name: StringId,
    symbol_names: Vec<StringId>,
    text_offset: u64,
    relocations_offset: u64,
    /// Known when the symbols are written.
    symtab_offset: u64,
}

impl<'a> Object<'a> {
    fn reserve(
        linked: &'a Linked,
        symbols: &'static [Symbol],
        mut out: Writer<'a>,
    ) -> Result<Self> {
        let text = out.reserve_section_index();
        let bss = out.reserve_section_index();
        let has_relocations = !linked.pointers.is_empty();
        if has_relocations {
            out.reserve_section_index(); // .rela.text
        }
        let symtab = out.reserve_symtab_section_index();
        // One table has the names of sections and of symbols: a second one is 64 bytes of header for nothing.
        let names = out.reserve_shstrtab_section_index();
        let text_name = out.add_section_name(b".text");
        let bss_name = out.add_section_name(b".bss");
        let relocations_name = has_relocations.then(|| out.add_section_name(b".rela.text"));
        let symtab_name = out.add_section_name(b".symtab");
        let symbol_names =
            symbols.iter().map(|wanted| out.add_section_name(wanted.name.as_bytes())).collect();

        let leads_to =
            |bss| linked.pointers.iter().any(|p| place(linked, p.target, false, true).0 == bss);
        let text_symbol = leads_to(false).then(|| out.reserve_symbol_index(Some(text)));
        let bss_symbol = leads_to(true).then(|| out.reserve_symbol_index(Some(bss)));
        for _ in symbols {
            out.reserve_symbol_index(None);
        }

        out.reserve_file_header();
        // Only memory is aligned: padding in the file would be bytes for nothing.
        let text_offset = out.reserve(linked.bss_start, 1);
        let relocations_offset = out.reserve_relocations(linked.pointers.len(), true);
        out.reserve_symtab();
        out.reserve_shstrtab().context("names")?;
        out.reserve_section_headers();
        Ok(Self {
            linked,
            symbols,
            out,
            text,
            bss,
            symtab,
            names,
            text_symbol,
            bss_symbol,
            text_name,
            bss_name,
            relocations_name,
            symtab_name,
            symbol_names,
            text_offset,
            relocations_offset,
            symtab_offset: 0,
        })
    }

    /// The sections that have a symbol.
    fn section_symbols(&self) -> impl Iterator<Item = SectionIndex> + use<> {
        let sections = [(self.text_symbol, self.text), (self.bss_symbol, self.bss)];
        sections.into_iter().filter_map(|(symbol, section)| symbol.map(|_| section))
    }

    fn write_contents(&mut self) -> Result<()> {
        let header = FileHeader {
            e_type: ET_REL,
            e_machine: EM_X86_64,
            e_entry: self.linked.entry,
            ..FileHeader::default()
        };
        self.out.write_file_header(&header).context("file header")?;
        self.out.write(&self.linked.image);
        self.out.write_align_relocation();
        for pointer in &self.linked.pointers {
            let (symbol, base) =
                place(self.linked, pointer.target, self.text_symbol, self.bss_symbol);
            let relocation = Rel {
                r_offset: pointer.at,
                r_sym: symbol.context("a relocation without the symbol of its section")?.0,
                r_type: R_X86_64_64,
                r_addend: (pointer.target - base) as i64,
            };
            self.out.write_relocation(true, &relocation);
        }
        Ok(())
    }

    fn write_symbols(&mut self) -> Result<()> {
        self.symtab_offset = self.out.write_null_symbol();
        for section in self.section_symbols() {
            let info = SymbolInfo::new(STB_LOCAL, STT_SECTION);
            self.out.write_symbol(&symbol(section, 0, info, 0, 0));
        }
        for (Symbol { name, kind, .. }, string) in self.symbols.iter().zip(&self.symbol_names) {
            let found = self.linked.symbol(name)?;
            let (section, base) = place(self.linked, found.address, self.text, self.bss);
            let string = self.out.section_name_offset(Some(*string));
            let info = SymbolInfo::new(STB_GLOBAL, elf_type(*kind));
            let value = found.address - base;
            self.out.write_symbol(&symbol(section, string, info, value, found.size));
        }
        self.out.write_shstrtab();
        Ok(())
    }

    fn write_section_headers(&mut self) {
        self.out.write_null_section_header();
        let text = SectionHeader {
            sh_name: self.out.section_name_offset(Some(self.text_name)),
            sh_type: SHT_PROGBITS,
            sh_flags: SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR,
            sh_offset: self.text_offset,
            sh_size: self.linked.bss_start,
            sh_addralign: self.linked.image_align,
            ..SectionHeader::default()
        };
        self.out.write_section_header(&text);
        let bss = SectionHeader {
            sh_name: self.out.section_name_offset(Some(self.bss_name)),
            sh_type: SHT_NOBITS,
            sh_flags: SHF_ALLOC | SHF_WRITE,
            sh_offset: self.relocations_offset,
            sh_size: self.linked.bss_size,
            sh_addralign: self.linked.bss_align,
            ..SectionHeader::default()
        };
        self.out.write_section_header(&bss);
        if let Some(name) = self.relocations_name {
            self.out.write_relocation_section_header(
                name,
                self.text,
                self.symtab,
                self.relocations_offset,
                self.linked.pointers.len(),
                true,
            );
        }
        let symtab = SectionHeader {
            sh_name: self.out.section_name_offset(Some(self.symtab_name)),
            sh_type: SHT_SYMTAB,
            sh_offset: self.symtab_offset,
            sh_size: u64::from(self.out.symbol_count()) * SYMBOL_BYTES,
            sh_link: self.names.0,
            // Local symbols: the null symbol, and those of sections.
            sh_info: 1 + self.section_symbols().count() as u32,
            sh_addralign: align_of::<u64>() as u64,
            sh_entsize: SYMBOL_BYTES,
            ..SectionHeader::default()
        };
        self.out.write_section_header(&symtab);
        self.out.write_shstrtab_section_header();
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

/// What stands for the section that `address` lies in, and where that section begins.
fn place<T>(linked: &Linked, address: u64, text: T, bss: T) -> (T, u64) {
    if address < linked.bss_start { (text, 0) } else { (bss, linked.bss_start) }
}

#[cfg(test)]
mod tests {
    use super::super::kind::LINUX;
    use super::super::linked::fixture;
    use super::*;
    use object::elf::SectionHeader64;
    use purgatory_loader::contract::linux;
    use purgatory_loader::{Blob, Image, RelocationType};

    /// Bytes in the header of a section.
    const SECTION_HEADER_BYTES: u64 = size_of::<SectionHeader64<Endianness>>() as u64;

    #[test]
    fn an_object_keeps_to_the_contract_and_has_everything_where_the_linker_put_it() {
        let linked = fixture::linked();
        let object = write(&linked, LINUX.symbols).unwrap();
        let blob = Blob::parse(&object).unwrap();
        for finding in linux::check(&blob) {
            assert!(finding.held, "{}: {}", finding.rule.name, finding.found);
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
    fn without_relocations_an_object_has_no_section_symbol_and_no_relocation_section() {
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
        // The name of the section may be less than what the headers are aligned to.
        let least = SYMBOL_BYTES * (pointers + 1) as u64 + SECTION_HEADER_BYTES;
        assert!(text - size(&linked) >= least);
    }

    #[test]
    fn nothing_is_padded() {
        let mut linked = fixture::linked();
        let small = write(&linked, LINUX.symbols).unwrap().len();
        linked.image_align = LARGEST_ALIGN;
        linked.bss_align = LARGEST_ALIGN;
        assert_eq!(write(&linked, LINUX.symbols).unwrap().len(), small);
    }

    #[test]
    fn what_an_object_cannot_express_is_an_error_that_names_it() {
        let refuse = |change: fn(&mut Linked)| {
            let mut linked = fixture::linked();
            change(&mut linked);
            write(&linked, LINUX.symbols).unwrap_err().to_string()
        };
        assert!(refuse(|linked| linked.entry += 1).contains(ENTRY));
        assert!(
            refuse(|linked| linked.image_align = 3).contains(".text asks for an alignment of 3")
        );
        assert!(
            refuse(|linked| linked.bss_align = 8192).contains(".bss asks for an alignment of 8192")
        );
        for Symbol { name, kind, .. } in LINUX.symbols {
            let mut linked = fixture::linked();
            linked.symbols.retain(|symbol| symbol.name != *name);
            let refuse = |linked: &Linked| write(linked, LINUX.symbols).unwrap_err().to_string();
            assert!(refuse(&linked).contains(name));
            if matches!(kind, SymbolKind::Table { .. }) {
                let mut linked = fixture::linked();
                linked
                    .symbols
                    .iter_mut()
                    .filter(|symbol| symbol.name == *name)
                    .for_each(|s| s.size -= 1);
                assert!(refuse(&linked).contains(name));
            }
        }
    }
}

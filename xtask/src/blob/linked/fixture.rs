//! A small linked program, as the linker would write it.

use super::{Linked, Pointer, Symbol};
use object::Endianness;
use object::elf::{
    EM_X86_64, ET_DYN, R_X86_64_RELATIVE, RelocationType, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE,
    SHN_UNDEF, SHT_NOBITS, SHT_PROGBITS, STB_GLOBAL, STT_FUNC, STT_OBJECT, STV_DEFAULT, SymbolInfo,
};
use object::write::elf::{FileHeader, Rel, SectionHeader, SectionIndex, Sym, Writer};

/// Where `.bss` begins.
pub(crate) const BSS: u64 = 0x400;

/// Where the program ends.
pub(crate) const END: u64 = BSS + 0x100;

/// What a linked program is made of; each field can be made wrong.
pub(crate) struct Program {
    pub(crate) text_name: &'static [u8],
    pub(crate) text_address: u64,
    pub(crate) image: Vec<u8>,
    pub(crate) bss_address: u64,
    pub(crate) bss_size: u64,
    pub(crate) relocation_type: RelocationType,
    pub(crate) pointers: Vec<Pointer>,
    pub(crate) undefined: Option<&'static str>,
}

impl Default for Program {
    fn default() -> Self {
        let linked = linked();
        Self {
            text_name: b".text",
            text_address: 0,
            image: linked.image,
            bss_address: BSS,
            bss_size: END - BSS,
            relocation_type: R_X86_64_RELATIVE,
            pointers: linked.pointers,
            undefined: None,
        }
    }
}

/// The good program, taken apart.
pub(crate) fn linked() -> Linked {
    let symbol = |name: &str, address, size, is_function| Symbol {
        name: name.to_owned(),
        address,
        size,
        is_function,
    };
    Linked {
        image: (0..BSS).map(|at| at as u8).collect(),
        image_align: 64,
        bss_start: BSS,
        bss_size: END - BSS,
        bss_align: 16,
        entry: 0x20,
        // Into the image, to where it ends, and to the very end.
        pointers: vec![
            Pointer { at: 0x100, target: 0x28 },
            Pointer { at: 0x108, target: BSS },
            Pointer { at: BSS - 8, target: END },
        ],
        symbols: vec![
            symbol("purgatory_start", 0x20, 32, true),
            symbol("entry64_regs", 0x200, 136, false),
            symbol("purgatory_sha_regions", 0x290, 256, false),
            symbol("purgatory_sha256_digest", 0x390, 32, false),
            symbol("stack_end", END, 0, false),
        ],
    }
}

impl Program {
    /// The file.
    pub(crate) fn write(&self) -> Vec<u8> {
        let good = linked();
        let mut file = Vec::new();
        let mut out = Writer::new(Endianness::Little, true, &mut file);

        let text = out.reserve_section_index();
        let bss = out.reserve_section_index();
        out.reserve_section_index(); // .rela.dyn
        let dynsym = out.reserve_dynsym_section_index();
        out.reserve_dynstr_section_index();
        out.reserve_symtab_section_index();
        out.reserve_strtab_section_index();
        out.reserve_shstrtab_section_index();
        let text_name = out.add_section_name(self.text_name);
        let bss_name = out.add_section_name(b".bss");
        let relocations_name = out.add_section_name(b".rela.dyn");
        let names = good.symbols.iter().map(|symbol| symbol.name.as_bytes());
        let names: Vec<_> = names.map(|name| out.add_string(name)).collect();
        let undefined = self.undefined.map(|name| out.add_string(name.as_bytes()));
        out.reserve_null_dynamic_symbol_index();
        for _ in names.iter().chain(&undefined) {
            out.reserve_symbol_index(None);
        }
        out.reserve_file_header();
        let text_offset = out.reserve(self.image.len() as u64, 1);
        let relocations_offset = out.reserve_relocations(self.pointers.len(), true);
        out.reserve_dynsym();
        out.reserve_dynstr().unwrap();
        out.reserve_symtab();
        out.reserve_strtab().unwrap();
        out.reserve_shstrtab().unwrap();
        out.reserve_section_headers();

        out.write_file_header(&FileHeader {
            e_type: ET_DYN,
            e_machine: EM_X86_64,
            e_entry: good.entry,
            ..FileHeader::default()
        })
        .unwrap();
        out.write(&self.image);
        out.write_align_relocation();
        for Pointer { at, target } in &self.pointers {
            out.write_relocation(
                true,
                &Rel {
                    r_offset: *at,
                    r_sym: 0,
                    r_type: self.relocation_type,
                    r_addend: *target as i64,
                },
            );
        }
        out.write_null_dynamic_symbol();
        out.write_dynstr();
        out.write_null_symbol();
        for (symbol, name) in good.symbols.iter().zip(names) {
            let section = if symbol.address < BSS { text } else { bss };
            let kind = if symbol.is_function { STT_FUNC } else { STT_OBJECT };
            let name = out.string_offset(Some(name));
            out.write_symbol(&Sym {
                section: Some(section.0),
                st_name: name,
                st_info: SymbolInfo::new(STB_GLOBAL, kind),
                st_other: STV_DEFAULT.into(),
                st_shndx: SHN_UNDEF,
                st_value: symbol.address,
                st_size: symbol.size,
            });
        }
        if let Some(name) = undefined {
            let name = out.string_offset(Some(name));
            out.write_symbol(&Sym {
                section: None,
                st_name: name,
                st_info: SymbolInfo::new(STB_GLOBAL, STT_FUNC),
                st_other: STV_DEFAULT.into(),
                st_shndx: SHN_UNDEF,
                st_value: 0,
                st_size: 0,
            });
        }
        out.write_strtab();
        out.write_shstrtab();

        out.write_null_section_header();
        let text_name = out.section_name_offset(Some(text_name));
        out.write_section_header(&SectionHeader {
            sh_name: text_name,
            sh_type: SHT_PROGBITS,
            sh_flags: SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR,
            sh_addr: self.text_address,
            sh_offset: text_offset,
            sh_size: self.image.len() as u64,
            sh_addralign: good.image_align,
            ..SectionHeader::default()
        });
        let bss_name = out.section_name_offset(Some(bss_name));
        out.write_section_header(&SectionHeader {
            sh_name: bss_name,
            sh_type: SHT_NOBITS,
            sh_flags: SHF_ALLOC | SHF_WRITE,
            sh_addr: self.bss_address,
            sh_offset: relocations_offset,
            sh_size: self.bss_size,
            sh_addralign: good.bss_align,
            ..SectionHeader::default()
        });
        out.write_relocation_section_header(
            relocations_name,
            SectionIndex(0),
            dynsym,
            relocations_offset,
            self.pointers.len(),
            true,
        );
        out.write_dynsym_section_header(0, 1);
        out.write_dynstr_section_header(0);
        out.write_symtab_section_header(1);
        out.write_strtab_section_header();
        out.write_shstrtab_section_header();
        file
    }
}

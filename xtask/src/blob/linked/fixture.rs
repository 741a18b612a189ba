//! A small linked program, in the linker's format, for tests.

use super::{Linked, Pointer, Symbol};
use object::Endianness;
use object::build::elf::{Builder, SectionData};
use object::elf::{
    EM_X86_64, ET_DYN, R_X86_64_RELATIVE, RelocationType, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE,
    SHT_DYNSYM, SHT_NOBITS, SHT_PROGBITS, SHT_RELA, SHT_STRTAB, SHT_SYMTAB, STB_GLOBAL, STT_FUNC,
    STT_OBJECT, Sym64, SymbolInfo,
};

/// The address of `.bss`.
pub(crate) const BSS: u64 = 0x400;

/// The end of the program.
pub(crate) const END: u64 = BSS + 0x100;

/// The contents of a linked program. A test can make each field invalid.
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

/// Returns the valid program, parsed.
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
        // The targets are inside the image, at its end, and at the end of `.bss`.
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
    /// Returns the program as an ELF file.
    pub(crate) fn write(&self) -> Vec<u8> {
        let valid = linked();
        let mut out = Builder::new(Endianness::Little, true);
        out.header.e_type = ET_DYN;
        out.header.e_machine = EM_X86_64;
        out.header.e_entry = valid.entry;

        let mut section = |name: &'static [u8], sh_type, data| {
            let section = out.sections.add();
            section.name = name.into();
            section.sh_type = sh_type;
            section.sh_addralign = 8;
            section.data = data;
            section.id()
        };
        let image = SectionData::Data(self.image.clone().into());
        let text = section(self.text_name, SHT_PROGBITS, image);
        let bss = section(b".bss", SHT_NOBITS, SectionData::UninitializedData(self.bss_size));
        // Only the null symbol: no relocation has a symbol.
        let null_symbol = SectionData::Data(vec![0; size_of::<Sym64<Endianness>>()].into());
        let dynsym = section(b".dynsym", SHT_DYNSYM, null_symbol);
        let dynstr = section(b".dynstr", SHT_STRTAB, SectionData::Data(vec![0].into()));
        let relocations = SectionData::Data(self.relocations().into());
        let relocations = section(b".rela.dyn", SHT_RELA, relocations);
        section(b".symtab", SHT_SYMTAB, SectionData::Symbol);
        section(b".strtab", SHT_STRTAB, SectionData::String);
        section(b".shstrtab", SHT_STRTAB, SectionData::SectionString);
        out.sections.get_mut(dynsym).sh_link_section = Some(dynstr);
        out.sections.get_mut(relocations).sh_link_section = Some(dynsym);
        let header = out.sections.get_mut(text);
        header.sh_flags = SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR;
        (header.sh_addr, header.sh_addralign) = (self.text_address, valid.image_align);
        let header = out.sections.get_mut(bss);
        header.sh_flags = SHF_ALLOC | SHF_WRITE;
        (header.sh_addr, header.sh_addralign) = (self.bss_address, valid.bss_align);

        for symbol in valid.symbols {
            let to = out.symbols.add();
            to.section = Some(if symbol.address < BSS { text } else { bss });
            let kind = if symbol.is_function { STT_FUNC } else { STT_OBJECT };
            to.st_info = SymbolInfo::new(STB_GLOBAL, kind);
            (to.st_value, to.st_size) = (symbol.address, symbol.size);
            to.name = symbol.name.into_bytes().into();
        }
        if let Some(name) = self.undefined {
            let to = out.symbols.add();
            to.st_info = SymbolInfo::new(STB_GLOBAL, STT_FUNC);
            to.name = name.into();
        }
        let mut file = Vec::new();
        out.write(&mut file).unwrap();
        file
    }

    /// Returns the relocations as Elf64_Rela: offset, type, addend.
    fn relocations(&self) -> Vec<u8> {
        let kind = u64::from(self.relocation_type.0);
        let words = self.pointers.iter().flat_map(|pointer| [pointer.at, kind, pointer.target]);
        words.flat_map(u64::to_le_bytes).collect()
    }
}

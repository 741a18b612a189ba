//! The relocatable object that the kernel embeds, made of a linked program.
//!
//! One executable section holds everything up to `.bss`, so that no reference between code and data is left to the
//! loader but the absolute addresses. Both stock loaders lay `.bss` directly behind, which is what it was linked for.

use super::linked::Linked;
use anyhow::{Context, Result, ensure};
use object::Endianness;
use object::elf::{
    EM_X86_64, ET_REL, R_X86_64_64, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHN_UNDEF, SHT_NOBITS,
    SHT_PROGBITS, STB_GLOBAL, STB_LOCAL, STT_FUNC, STT_NOTYPE, STT_OBJECT, STT_SECTION,
    STV_DEFAULT, SymbolInfo, SymbolType,
};
use object::write::elf::{FileHeader, Rel, SectionHeader, SectionIndex, Sym, Writer};
use purgatory_abi::linux::{
    DIGEST_BYTES, ENTRY, ENTRY64_REGS, EntryRegs, REGION_SLOTS, Region, SHA_REGIONS, SHA256_DIGEST,
    STACK_END,
};

/// What loaders look for by name: the type, and the size in bytes where they compare it.
const SYMBOLS: [(&str, SymbolType, Option<u64>); 5] = [
    (ENTRY, STT_FUNC, None),
    (ENTRY64_REGS, STT_OBJECT, Some(size_of::<EntryRegs>() as u64)),
    (SHA_REGIONS, STT_OBJECT, Some((REGION_SLOTS * size_of::<Region>()) as u64)),
    (SHA256_DIGEST, STT_OBJECT, Some(DIGEST_BYTES as u64)),
    (STACK_END, STT_NOTYPE, None),
];

/// The largest alignment that a section may ask for, in bytes: a page.
const LARGEST_ALIGN: u64 = 4096;

/// Makes the object.
pub(crate) fn write(linked: &Linked) -> Result<Vec<u8>> {
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

    let mut file = Vec::new();
    let mut out = Writer::new(Endianness::Little, true, &mut file);

    // First everything gets its place, in the order in which it is written below.
    let text = out.reserve_section_index();
    let bss = out.reserve_section_index();
    out.reserve_section_index();
    let symtab = out.reserve_symtab_section_index();
    out.reserve_strtab_section_index();
    out.reserve_shstrtab_section_index();
    let text_name = out.add_section_name(b".text");
    let bss_name = out.add_section_name(b".bss");
    let relocations_name = out.add_section_name(b".rela.text");
    let names = SYMBOLS.map(|(name, ..)| out.add_string(name.as_bytes()));
    let text_symbol = out.reserve_symbol_index(Some(text));
    let bss_symbol = out.reserve_symbol_index(Some(bss));
    for _ in SYMBOLS {
        out.reserve_symbol_index(None);
    }
    out.reserve_file_header();
    let text_offset = out.reserve(linked.bss_start, linked.image_align);
    let relocations_offset = out.reserve_relocations(linked.pointers.len(), true);
    out.reserve_symtab();
    out.reserve_strtab().context("symbol names")?;
    out.reserve_shstrtab().context("section names")?;
    out.reserve_section_headers();

    out.write_file_header(&FileHeader {
        e_type: ET_REL,
        e_machine: EM_X86_64,
        e_entry: entry,
        ..FileHeader::default()
    })
    .context("file header")?;
    out.write_align(linked.image_align);
    out.write(&linked.image);

    out.write_align_relocation();
    for pointer in &linked.pointers {
        let (symbol, base) = place(linked, pointer.target, text_symbol, bss_symbol);
        out.write_relocation(
            true,
            &Rel {
                r_offset: pointer.at,
                r_sym: symbol.0,
                r_type: R_X86_64_64,
                r_addend: (pointer.target - base) as i64,
            },
        );
    }

    out.write_null_symbol();
    for section in [text, bss] {
        out.write_symbol(&symbol(section, 0, SymbolInfo::new(STB_LOCAL, STT_SECTION), 0, 0));
    }
    for ((name, kind, size), string) in SYMBOLS.into_iter().zip(names) {
        let found = linked.symbol(name)?;
        if let Some(size) = size {
            ensure!(
                found.size == size,
                "{name} has {} bytes, and loaders write {size}",
                found.size
            );
        }
        let (section, base) = place(linked, found.address, text, bss);
        let string = out.string_offset(Some(string));
        let info = SymbolInfo::new(STB_GLOBAL, kind);
        out.write_symbol(&symbol(section, string, info, found.address - base, found.size));
    }

    out.write_strtab();
    out.write_shstrtab();

    out.write_null_section_header();
    let text_name = out.section_name_offset(Some(text_name));
    out.write_section_header(&text_header(linked, text_name, text_offset));
    let bss_name = out.section_name_offset(Some(bss_name));
    out.write_section_header(&bss_header(linked, bss_name, relocations_offset));
    out.write_relocation_section_header(
        relocations_name,
        text,
        symtab,
        relocations_offset,
        linked.pointers.len(),
        true,
    );
    out.write_symtab_section_header(LOCAL_SYMBOLS);
    out.write_strtab_section_header();
    out.write_shstrtab_section_header();
    Ok(file)
}

/// Symbols before the first global one: the null symbol and one a section.
const LOCAL_SYMBOLS: u32 = 3;

fn text_header(linked: &Linked, name: u32, offset: u64) -> SectionHeader {
    SectionHeader {
        sh_name: name,
        sh_type: SHT_PROGBITS,
        sh_flags: SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR,
        sh_offset: offset,
        sh_size: linked.bss_start,
        sh_addralign: linked.image_align,
        ..SectionHeader::default()
    }
}

fn bss_header(linked: &Linked, name: u32, offset: u64) -> SectionHeader {
    SectionHeader {
        sh_name: name,
        sh_type: SHT_NOBITS,
        sh_flags: SHF_ALLOC | SHF_WRITE,
        sh_offset: offset,
        sh_size: linked.bss_size,
        sh_addralign: linked.bss_align,
        ..SectionHeader::default()
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

//! A small purgatory object that passes every rule, and functions to extend it.

use object::elf::{R_X86_64_64, R_X86_64_PC32, R_X86_64_PLT32, RelocationType};
use object::write::{
    Object, Relocation, SectionId, StandardSection, Symbol, SymbolId, SymbolSection,
};
use object::{
    Architecture, BinaryFormat, Endianness, LittleEndian, RelocationFlags, SectionKind,
    SymbolFlags, SymbolKind, SymbolScope, elf, pod,
};

/// Offset of `purgatory_start` in the code.
pub(crate) const ENTRY: u64 = 0x10;

/// Bytes of code.
pub(crate) const TEXT_SIZE: u64 = 0x40;

/// Bytes of .bss.
pub(crate) const BSS_SIZE: u64 = 0x100;

/// An object under construction.
pub(crate) struct Purgatory {
    pub(crate) object: Object<'static>,
    pub(crate) text: SectionId,
    pub(crate) rodata: SectionId,
    pub(crate) data: SectionId,
    pub(crate) bss: SectionId,
    pub(crate) stack_end: SymbolId,
    /// Offset of `purgatory_start` in .text.
    pub(crate) entry: u64,
}

impl Purgatory {
    /// All tables of the kernel's contract, and a relocation of each type that fits every address.
    pub(crate) fn new() -> Self {
        let mut this = Self::without_tables(136 + 256 + 32);
        let (text, data) = (this.text, this.data);
        let regs = this.global("entry64_regs", data, 0, 136);
        this.global("purgatory_sha_regions", data, 136, 256);
        this.global("purgatory_sha256_digest", data, 136 + 256, 32);
        let verify = this.local("verify", text, 0x30, 0x10);

        this.relocate(text, 0x14, R_X86_64_PC32, regs, -4);
        this.relocate(text, 0x1c, R_X86_64_PLT32, verify, -4);
        this.relocate(this.rodata, 8, R_X86_64_64, this.stack_end, -8);
        this
    }

    /// Starts with an entry point and a stack, and `data_size` bytes of .data for the tables of a loader.
    pub(crate) fn without_tables(data_size: usize) -> Self {
        Self::starting_with(&[], data_size)
    }

    /// Starts the same way, with these bytes of .text before the code.
    pub(crate) fn starting_with(front: &[u8], data_size: usize) -> Self {
        let mut object = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
        let text = object.section_id(StandardSection::Text);
        let rodata = object.section_id(StandardSection::ReadOnlyData);
        let data = object.section_id(StandardSection::Data);
        let bss = object.section_id(StandardSection::UninitializedData);
        object.append_section_data(text, front, 16);
        let code = object.append_section_data(text, &[0x90; TEXT_SIZE as usize], 16);
        object.append_section_data(rodata, &[0x11; 0x18], 8);
        object.append_section_data(data, &vec![0x22; data_size], 32);
        object.append_section_bss(bss, BSS_SIZE, 64);

        let stack_end = global(&mut object, "stack_end", bss, BSS_SIZE, 0);
        let entry = code + ENTRY;
        let mut this = Self { object, text, rodata, data, bss, stack_end, entry };
        this.global("purgatory_start", text, entry, 8);
        this
    }

    /// Adds a global symbol.
    pub(crate) fn global(
        &mut self,
        name: &str,
        section: SectionId,
        value: u64,
        size: u64,
    ) -> SymbolId {
        global(&mut self.object, name, section, value, size)
    }

    /// Adds a local symbol.
    pub(crate) fn local(
        &mut self,
        name: &str,
        section: SectionId,
        value: u64,
        size: u64,
    ) -> SymbolId {
        let section = SymbolSection::Section(section);
        let local = SymbolScope::Compilation;
        self.object.add_symbol(Symbol { scope: local, ..symbol(name, section, value, size) })
    }

    /// Adds a global symbol outside of all sections.
    pub(crate) fn outside_sections(
        &mut self,
        name: &str,
        section: SymbolSection,
        value: u64,
    ) -> SymbolId {
        self.object.add_symbol(symbol(name, section, value, 0))
    }

    /// Adds a section that is not loaded, `.debug`, with the global symbol `line` in it.
    pub(crate) fn unloaded(&mut self) -> (SectionId, SymbolId) {
        let debug = self.object.add_section(vec![], b".debug".to_vec(), SectionKind::Debug);
        self.object.append_section_data(debug, &[0; 8], 1);
        (debug, self.global("line", debug, 0, 8))
    }

    /// Adds a relocation.
    pub(crate) fn relocate(
        &mut self,
        section: SectionId,
        offset: u64,
        r_type: RelocationType,
        symbol: SymbolId,
        addend: i64,
    ) {
        let flags = RelocationFlags::Elf { r_type };
        self.object.add_relocation(section, Relocation { offset, symbol, addend, flags }).unwrap();
    }

    /// Returns the object's bytes.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut bytes = self.object.write().unwrap();
        // The writer cannot set an entry point.
        let (header, _) =
            pod::from_bytes_mut::<elf::FileHeader64<LittleEndian>>(&mut bytes).unwrap();
        header.e_entry.set(LittleEndian, self.entry);
        bytes
    }
}

fn global(
    object: &mut Object<'_>,
    name: &str,
    section: SectionId,
    value: u64,
    size: u64,
) -> SymbolId {
    object.add_symbol(symbol(name, SymbolSection::Section(section), value, size))
}

fn symbol(name: &str, section: SymbolSection, value: u64, size: u64) -> Symbol {
    Symbol {
        name: name.into(),
        value,
        size,
        kind: SymbolKind::Data,
        scope: SymbolScope::Dynamic,
        weak: false,
        section,
        flags: SymbolFlags::None,
    }
}

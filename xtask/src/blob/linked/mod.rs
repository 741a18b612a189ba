//! The linker's output: a position-independent program, fully linked at address 0.

use anyhow::{Context, Result, bail, ensure};
use object::elf::{R_X86_64_RELATIVE, SHF_ALLOC};
use object::read::elf::ElfFile64;
use object::{
    Object, ObjectSection, ObjectSymbol, RelocationFlags, SectionFlags, SectionKind, SymbolKind,
};

/// Sections that the linker needs and the linker script places after `.bss`. They do not become part of the object.
const NOT_LOADED: [&str; 6] = [".rela.dyn", ".dynamic", ".dynsym", ".dynstr", ".hash", ".gnu.hash"];

/// A parsed linked program. Addresses are relative to the start of the image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Linked {
    /// The bytes from address 0 up to `.bss`: code, constants, tables.
    pub(crate) image: Vec<u8>,
    /// Alignment of the image in bytes.
    pub(crate) image_align: u64,
    /// The address of `.bss`, which is the end of the image.
    pub(crate) bss_start: u64,
    /// The size of `.bss` in bytes.
    pub(crate) bss_size: u64,
    /// Alignment of `.bss` in bytes.
    pub(crate) bss_align: u64,
    /// The address of the entry point.
    pub(crate) entry: u64,
    /// The places in the image where the loader must write addresses.
    pub(crate) pointers: Vec<Pointer>,
    /// Every symbol that has a name.
    pub(crate) symbols: Vec<Symbol>,
}

/// A relocation: eight bytes in the image that must contain an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    /// The address of the eight bytes.
    pub(crate) at: u64,
    /// The address that they must contain.
    pub(crate) target: u64,
}

/// A name in the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// Its name in the symbol table, not demangled.
    pub(crate) name: String,
    /// Its address.
    pub(crate) address: u64,
    /// Its length in bytes; 0 for labels.
    pub(crate) size: u64,
    /// Whether it is a function.
    pub(crate) is_function: bool,
}

impl Linked {
    /// Parses a linked program.
    ///
    /// # Errors
    ///
    /// Returns an error if `file` is not a 64-bit ELF file, or has a section, relocation or symbol that the object
    /// cannot contain.
    pub(crate) fn parse(file: &[u8]) -> Result<Self> {
        let elf: ElfFile64<'_> = ElfFile64::parse(file).context("not a 64-bit ELF file")?;
        let mut linked = Self { entry: elf.entry(), ..Self::default() };
        for section in elf.sections() {
            let name = section.name()?;
            let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
            if !sh_flags.contains(SHF_ALLOC) || NOT_LOADED.contains(&name) {
                continue;
            }
            match (name, section.kind()) {
                (".text", SectionKind::Text) => {
                    linked.image = section.data()?.to_vec();
                    linked.image_align = section.align();
                    ensure!(
                        section.address() == 0,
                        ".text is linked at {:#x}, not 0",
                        section.address()
                    );
                }
                (".bss", SectionKind::UninitializedData) => {
                    linked.bss_start = section.address();
                    linked.bss_size = section.size();
                    linked.bss_align = section.align();
                }
                _ => bail!(
                    "section {name} is neither .text nor .bss: place it in one of them in the linker script"
                ),
            }
        }
        linked.check_sections()?;
        linked.pointers = pointers(&elf, &linked)?;
        linked.symbols = symbols(&elf)?;
        Ok(linked)
    }

    /// Returns the symbol called `name`.
    pub(crate) fn symbol(&self, name: &str) -> Result<&Symbol> {
        let found = self.symbols.iter().find(|symbol| symbol.name == name);
        found.with_context(|| format!("the linked program has no symbol {name}"))
    }

    /// Returns the address after the last byte of `.bss`.
    pub(crate) fn end(&self) -> u64 {
        self.bss_start + self.bss_size
    }

    fn check_sections(&self) -> Result<()> {
        let image_size = self.image.len() as u64;
        ensure!(image_size != 0, "the linked program has no .text");
        ensure!(self.bss_size != 0, "the linked program has no .bss, which contains the stack");
        ensure!(
            image_size == self.bss_start,
            ".text ends at {image_size:#x} and .bss begins at {:#x}: loaders place .bss directly after .text",
            self.bss_start
        );
        Ok(())
    }
}

fn pointers(elf: &ElfFile64<'_>, linked: &Linked) -> Result<Vec<Pointer>> {
    let mut pointers = Vec::new();
    for (at, relocation) in elf.dynamic_relocations().into_iter().flatten() {
        let RelocationFlags::Elf { r_type } = relocation.flags() else { continue };
        ensure!(
            r_type == R_X86_64_RELATIVE,
            "the relocation at {at:#x} has type {}: only R_X86_64_RELATIVE ({}) is supported",
            r_type.0,
            R_X86_64_RELATIVE.0
        );
        let target = relocation.addend() as u64;
        ensure!(
            at.checked_add(8).is_some_and(|end| end <= linked.bss_start),
            "the relocation at {at:#x} is outside .text"
        );
        ensure!(
            target <= linked.end(),
            "the relocation at {at:#x} has the target {target:#x}, outside the program"
        );
        pointers.push(Pointer { at, target });
    }
    Ok(pointers)
}

fn symbols(elf: &ElfFile64<'_>) -> Result<Vec<Symbol>> {
    let mut symbols = Vec::new();
    for symbol in elf.symbols().chain(elf.dynamic_symbols()) {
        let name = symbol.name()?;
        ensure!(name.is_empty() || !symbol.is_undefined(), "the symbol {name} is undefined");
        if matches!(symbol.kind(), SymbolKind::File | SymbolKind::Section) || name.is_empty() {
            continue;
        }
        symbols.push(Symbol {
            name: name.to_owned(),
            address: symbol.address(),
            size: symbol.size(),
            is_function: symbol.kind() == SymbolKind::Text,
        });
    }
    Ok(symbols)
}

#[cfg(test)]
mod tests {
    use super::fixture::{self, Program};
    use super::*;
    use object::elf::R_X86_64_GLOB_DAT;

    #[test]
    fn parses_a_linked_program() {
        assert_eq!(Linked::parse(&Program::default().write()).unwrap(), fixture::linked());
    }

    #[test]
    fn rejects_sections_relocations_and_symbols_that_an_object_cannot_contain() {
        type Case = (fn(&mut Program), &'static str);
        let cases: [Case; 9] = [
            (|program| program.text_address = 64, ".text is linked at 0x40"),
            (|program| program.bss_address += 64, "directly after"),
            (|program| program.bss_size = 0, "the linked program has no .bss"),
            (|program| program.image.clear(), "the linked program has no .text"),
            (|program| program.text_name = b".text.hot", "section .text.hot is neither"),
            (|program| program.relocation_type = R_X86_64_GLOB_DAT, "has type 6"),
            (|program| program.pointers[0].at = fixture::BSS - 7, "outside .text"),
            (|program| program.pointers[1].target = fixture::END + 1, "outside the program"),
            (|program| program.undefined = Some("memcpy"), "symbol memcpy is undefined"),
        ];
        for (change, expected) in cases {
            let mut program = Program::default();
            change(&mut program);
            let error = format!("{:#}", Linked::parse(&program.write()).unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn rejects_a_file_that_is_not_elf() {
        assert!(Linked::parse(b"not an ELF file").is_err());
    }
}

#[cfg(test)]
pub(crate) mod fixture;

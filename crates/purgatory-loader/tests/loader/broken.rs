//! Changes one part of an object. It uses the `object` crate's reader, not the one under test.

use crate::purgatory::Purgatory;
use object::LittleEndian as Le;
use object::elf::{FileHeader64, Rela64, SectionHeader64, Sym64};
use object::pod::{self, Pod};
use object::read::elf::{FileHeader as _, SectionHeader as _, SectionTable};
use purgatory_loader::SectionId;

/// The bytes of an object, with write access to its structures.
pub(crate) struct Broken {
    pub(crate) bytes: Vec<u8>,
}

impl Broken {
    /// Starts with a valid object.
    pub(crate) fn new() -> Self {
        Self::of(&Purgatory::new())
    }

    /// Starts with the object that a test has extended.
    pub(crate) fn of(purgatory: &Purgatory) -> Self {
        Self { bytes: purgatory.write() }
    }

    fn sections(&self) -> SectionTable<'_, FileHeader64<Le>> {
        let bytes = self.bytes.as_slice();
        FileHeader64::<Le>::parse(bytes).unwrap().sections(Le, bytes).unwrap()
    }

    /// Returns a section's name in errors.
    pub(crate) fn id(&self, name: &str) -> SectionId {
        let (index, _) = self.sections().section_by_name(Le, name.as_bytes()).unwrap();
        SectionId { index: index.0, name: name.into() }
    }

    /// Returns the file offset of entry `index` of a table of `T`.
    pub(crate) fn entry_offset<T>(&self, table: &str, index: usize) -> usize {
        let (_, section) = self.sections().section_by_name(Le, table.as_bytes()).unwrap();
        section.sh_offset(Le) as usize + index * size_of::<T>()
    }

    /// Returns the index of a symbol.
    pub(crate) fn symbol_index(&self, name: &str) -> usize {
        let bytes = self.bytes.as_slice();
        let symbols = self.sections().symbols(Le, bytes, object::elf::SHT_SYMTAB).unwrap();
        let found = symbols.enumerate().find(|(_, symbol)| {
            symbols.strings().get(symbol.st_name.get(Le)) == Ok(name.as_bytes())
        });
        found.unwrap().0.0
    }

    pub(crate) fn at<T: Pod>(&mut self, offset: usize) -> &mut T {
        pod::from_bytes_mut(&mut self.bytes[offset..]).unwrap().0
    }

    pub(crate) fn header(&mut self) -> &mut FileHeader64<Le> {
        self.at(0)
    }

    pub(crate) fn section(&mut self, name: &str) -> &mut SectionHeader64<Le> {
        let index = self.id(name).index;
        self.section_at(index)
    }

    pub(crate) fn section_at(&mut self, index: usize) -> &mut SectionHeader64<Le> {
        let table = self.header().e_shoff.get(Le) as usize;
        self.at(table + index * size_of::<SectionHeader64<Le>>())
    }

    pub(crate) fn symbol(&mut self, name: &str) -> &mut Sym64<Le> {
        let index = self.symbol_index(name);
        let offset = self.entry_offset::<Sym64<Le>>(".symtab", index);
        self.at(offset)
    }

    pub(crate) fn relocation(&mut self, table: &str, index: usize) -> &mut Rela64<Le> {
        let offset = self.entry_offset::<Rela64<Le>>(table, index);
        self.at(offset)
    }
}

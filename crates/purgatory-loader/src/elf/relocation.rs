//! Relocations of loaded sections.

use super::symbol::entries;
use super::{ElfError, Section};
use alloc::vec::Vec;
use core::fmt;
use object::LittleEndian as Le;
use object::elf::{
    R_X86_64_32, R_X86_64_32S, R_X86_64_64, R_X86_64_NONE, R_X86_64_PC32, R_X86_64_PLT32, Rela64,
    SHT_REL, SHT_RELA,
};

/// A relocation: one place to patch.
#[derive(Clone, Copy, Debug)]
pub struct Relocation {
    /// Index of the section that contains the relocation.
    pub table: usize,
    /// File offset of the relocation itself.
    pub file_offset: usize,
    /// Index of the section that is patched.
    pub target: usize,
    /// Offset of the place in that section.
    pub offset: u64,
    /// Its type.
    pub kind: RelocationType,
    /// Index of the symbol.
    pub symbol: usize,
    /// Added to the symbol's address.
    pub addend: i64,
}

/// The relocation types that the kernel knows (`arch_kexec_apply_relocations_add` in
/// `arch/x86/kernel/machine_kexec_64.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RelocationType {
    /// Nothing to patch.
    None,
    /// The 64-bit address.
    Abs64,
    /// The address in 32 bits, which the processor zero-extends.
    Abs32,
    /// The address in 32 bits, which the processor sign-extends.
    Abs32Signed,
    /// The distance from the place, signed 32 bits.
    Pc32,
    /// The same as [`RelocationType::Pc32`], because there is no procedure linkage table.
    Plt32,
}

impl RelocationType {
    fn from_elf(kind: u32) -> Option<Self> {
        Some(match object::elf::RelocationType(kind) {
            R_X86_64_NONE => Self::None,
            R_X86_64_64 => Self::Abs64,
            R_X86_64_32 => Self::Abs32,
            R_X86_64_32S => Self::Abs32Signed,
            R_X86_64_PC32 => Self::Pc32,
            R_X86_64_PLT32 => Self::Plt32,
            _ => return None,
        })
    }

    /// Returns the number of patched bytes.
    pub fn width(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Abs64 => 8,
            Self::Abs32 | Self::Abs32Signed | Self::Pc32 | Self::Plt32 => 4,
        }
    }
}

impl fmt::Display for RelocationType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "R_X86_64_NONE",
            Self::Abs64 => "R_X86_64_64",
            Self::Abs32 => "R_X86_64_32",
            Self::Abs32Signed => "R_X86_64_32S",
            Self::Pc32 => "R_X86_64_PC32",
            Self::Plt32 => "R_X86_64_PLT32",
        })
    }
}

/// Reads the relocations of all loaded sections. Other relocations (debug information) are not read or applied.
pub(super) fn read_all(
    sections: &[Section<'_>],
    symbol_table: usize,
    symbols: usize,
) -> Result<Vec<Relocation>, ElfError> {
    let mut relocations = Vec::new();
    for table in sections {
        let kind = table.header.sh_type.get(Le);
        if kind != SHT_RELA && kind != SHT_REL {
            continue;
        }
        let target = table.header.sh_info.get(Le);
        let target = usize::try_from(target)
            .ok()
            .and_then(|target| sections.get(target))
            .ok_or_else(|| ElfError::RelocationTarget { section: table.id(), target })?;
        let link = table.header.sh_link.get(Le);
        if usize::try_from(link) != Ok(symbol_table) {
            return Err(ElfError::RelocationSymbolTable { section: table.id(), link });
        }
        if !target.loaded {
            continue;
        }
        if kind == SHT_REL {
            return Err(ElfError::NoAddends { section: table.id(), target: target.id() });
        }
        if target.nobits {
            return Err(ElfError::NothingToRelocate { section: table.id(), target: target.id() });
        }
        for (index, entry) in entries::<Rela64<Le>>(table)?.iter().enumerate() {
            relocations.push(read(table, target, symbols, index, entry)?);
        }
    }
    Ok(relocations)
}

fn read(
    table: &Section<'_>,
    target: &Section<'_>,
    symbols: usize,
    index: usize,
    entry: &Rela64<Le>,
) -> Result<Relocation, ElfError> {
    let file_offset = table.entry_offset::<Rela64<Le>>(index);
    let section = || table.id();

    let kind = entry.r_type(Le, false).0;
    let Some(kind) = RelocationType::from_elf(kind) else {
        return Err(ElfError::RelocationType { section: section(), offset: file_offset, kind });
    };
    let symbol = entry.r_sym(Le, false);
    let index = usize::try_from(symbol).ok().filter(|index| *index < symbols);
    let Some(index) = index else {
        return Err(ElfError::RelocationSymbol { section: section(), offset: file_offset, symbol });
    };
    let offset = entry.r_offset.get(Le);
    if offset.checked_add(kind.width()).is_none_or(|end| end > target.size) {
        return Err(ElfError::RelocationOutsideSection {
            section: section(),
            offset: file_offset,
            place: offset,
            target: target.id(),
        });
    }
    Ok(Relocation {
        table: table.index,
        file_offset,
        target: target.index,
        offset,
        kind,
        symbol: index,
        addend: entry.r_addend.get(Le),
    })
}

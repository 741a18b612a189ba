//! Rules for all symbols, and the checks for the symbols of each loader.

use super::{Check, Verdict, finding};
use crate::contract::{Finding, Level, Rule};
use crate::elf::{Blob, Section, Symbol, SymbolPlace};
use alloc::format;
use alloc::string::String;
use purgatory_abi::{self as abi, SymbolKind};

pub(in crate::contract) const NO_UNDEFINED: Check = Check {
    rule: Rule {
        name: "no undefined or common symbol",
        level: Level::Recommended,
        why: "loaders do not link other objects to the purgatory, so an undefined symbol means that a part is missing",
    },
    examine: no_undefined,
};

fn no_undefined(blob: &Blob<'_>) -> Verdict {
    // The null symbol is always undefined.
    let mut symbols = blob.symbols().iter().skip(1);
    match symbols.find(|s| matches!(s.place, SymbolPlace::Undefined | SymbolPlace::Common)) {
        Some(Symbol { name, place: SymbolPlace::Common, .. }) => Err(format!("`{name}` is common")),
        Some(Symbol { name, .. }) => Err(format!("`{name}` is undefined")),
        None => Ok(format!("all {} are defined", blob.symbols().len().saturating_sub(1))),
    }
}

/// Checks `blob` against the rules of a contract's symbols.
pub(in crate::contract) fn check(
    blob: &Blob<'_>,
    symbols: &[abi::Symbol],
) -> impl Iterator<Item = Finding> {
    symbols.iter().filter_map(|symbol| {
        let abi::SymbolRule { name, why } = symbol.rule?;
        let verdict = match symbol.kind {
            SymbolKind::Table { bytes } => set(blob, symbol.name, bytes),
            SymbolKind::Function | SymbolKind::Label => by_address(blob, symbol.name),
        };
        Some(finding(Rule { name, level: Level::Required, why }, verdict))
    })
}

/// Checks a symbol that the loader writes: it is global, has bytes in the file, and has exactly `size` bytes.
pub(in crate::contract) fn set(blob: &Blob<'_>, name: &str, size: usize) -> Verdict {
    let (symbol, section) = global(blob, name)?;
    let unit = if symbol.size == 1 { "byte" } else { "bytes" };
    let found = format!("{} {unit} in {}", symbol.size, section.id());
    if usize::try_from(symbol.size) != Ok(size) {
        return Err(found);
    }
    if section.nobits { Err(format!("{found}, which has no bytes in the file")) } else { Ok(found) }
}

/// Checks a symbol whose address the loader uses.
fn by_address(blob: &Blob<'_>, name: &str) -> Verdict {
    let (symbol, section) = global(blob, name)?;
    Ok(format!("at {:#x} of {}", symbol.value, section.id()))
}

/// Returns a global symbol and its loaded section.
pub(in crate::contract) fn global<'a, 'b>(
    blob: &'a Blob<'b>,
    name: &str,
) -> Result<(&'a Symbol<'b>, &'a Section<'b>), String> {
    let symbol = blob.global(name).ok_or("no such global symbol")?;
    let SymbolPlace::Section(section) = symbol.place else {
        return Err("the symbol is in no section".into());
    };
    let section = &blob.sections()[section];
    if section.loaded {
        Ok((symbol, section))
    } else {
        Err(format!("{} is not loaded", section.id()))
    }
}

//! The native contract, see [`purgatory_abi::native`].

use super::rules::{Check, Verdict, code, relocations, sections, symbols};
use super::{Finding, Level, Rule};
use crate::elf::{Blob, SymbolPlace};
use alloc::format;
use alloc::vec::Vec;
use purgatory_abi::native::{HEADER as SYMBOL, Header};

const CHECKS: [Check; 9] = [
    sections::AT_ZERO,
    sections::SIZE,
    sections::FEW,
    sections::ALIGNMENT,
    code::ENTRY,
    relocations::DEFINED,
    relocations::TYPES,
    symbols::NO_UNDEFINED,
    HEADER,
];

const HEADER: Check = Check {
    rule: Rule {
        name: "purgatory_header: global, 272 bytes, first",
        level: Level::Must,
        why: "the loader fills it in, and who looks for a loaded image finds it by its magic",
    },
    look: header,
};

/// Holds `blob` against every rule, and says of each what was found.
pub fn check(blob: &Blob<'_>) -> Vec<Finding> {
    CHECKS.iter().map(|check| check.run(blob)).collect()
}

fn header(blob: &Blob<'_>) -> Verdict {
    let found = symbols::set(blob, SYMBOL, size_of::<Header>())?;
    let symbol = blob.global(SYMBOL).ok_or("there is no such global symbol")?;
    let first = blob.loaded_sections().next().map(|section| section.index);
    match symbol.place {
        SymbolPlace::Section(home) if Some(home) == first && symbol.value == 0 => Ok(found),
        _ => Err(format!("{found}, which it does not begin")),
    }
}

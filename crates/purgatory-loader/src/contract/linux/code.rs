//! Rules for the code and its entry point.

use super::{Check, Verdict};
use crate::contract::{Level, Rule};
use crate::elf::{Blob, Section, SymbolPlace};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use purgatory_abi::linux::ENTRY as ENTRY_SYMBOL;

pub(super) const ONE_SECTION: Check = Check {
    rule: Rule {
        name: "one executable section",
        level: Level::Ours,
        why: "with several, older kernels compute the entry point in the last that could contain it",
    },
    look: one_section,
};

pub(super) const ENTRY: Check = Check {
    rule: Rule {
        name: "e_entry is purgatory_start",
        level: Level::Must,
        why: "older kernels enter at e_entry, newer ones at the global symbol",
    },
    look: entry,
};

fn one_section(blob: &Blob<'_>) -> Verdict {
    let names: Vec<_> = executable(blob).map(|section| section.name).collect();
    let found: String = names.join(" ");
    if names.len() == 1 { Ok(found) } else { Err(found) }
}

fn entry(blob: &Blob<'_>) -> Verdict {
    let symbol = blob.global(ENTRY_SYMBOL).ok_or_else(|| format!("no global {ENTRY_SYMBOL}"))?;
    let entry = blob.entry();
    let entered =
        format!("e_entry is {:#x} in {}", entry.offset, blob.sections()[entry.section].id());
    let SymbolPlace::Section(home) = symbol.place else {
        return Err(format!("{ENTRY_SYMBOL} is in no section, {entered}"));
    };
    let home = &blob.sections()[home];
    if (home.index, symbol.value) == (entry.section, entry.offset) {
        Ok(entered)
    } else {
        Err(format!("{ENTRY_SYMBOL} is {:#x} in {}, {entered}", symbol.value, home.id()))
    }
}

fn executable<'a, 'b>(blob: &'a Blob<'b>) -> impl Iterator<Item = &'a Section<'b>> {
    blob.loaded_sections().filter(|section| section.executable)
}

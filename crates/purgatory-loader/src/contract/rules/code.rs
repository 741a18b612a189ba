//! The rule for the entry point.

use super::{Check, Verdict};
use crate::contract::{Level, Rule};
use crate::elf::{Blob, SymbolPlace};
use alloc::format;
use purgatory_abi::linux::ENTRY as ENTRY_SYMBOL;

pub(in crate::contract) const ENTRY: Check = Check {
    rule: Rule {
        name: "e_entry is purgatory_start",
        level: Level::Required,
        why: "kexec and older kernels enter at e_entry, newer kernels at the global symbol purgatory_start",
    },
    examine: entry,
};

fn entry(blob: &Blob<'_>) -> Verdict {
    let symbol = blob.global(ENTRY_SYMBOL).ok_or_else(|| format!("no global {ENTRY_SYMBOL}"))?;
    let entry = blob.entry();
    let entered =
        format!("e_entry is {:#x} in {}", entry.offset, blob.sections()[entry.section].id());
    let SymbolPlace::Section(section) = symbol.place else {
        return Err(format!("{ENTRY_SYMBOL} is in no section, {entered}"));
    };
    let section = &blob.sections()[section];
    if (section.index, symbol.value) == (entry.section, entry.offset) {
        Ok(entered)
    } else {
        Err(format!("{ENTRY_SYMBOL} is {:#x} in {}, {entered}", symbol.value, section.id()))
    }
}

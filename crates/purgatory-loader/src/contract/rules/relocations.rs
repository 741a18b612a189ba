//! Rules for the relocations.

use super::{Check, Verdict};
use crate::contract::{Level, Rule};
use crate::elf::{Blob, Relocation, RelocationType, Symbol, SymbolPlace};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

pub(in crate::contract) const DEFINED: Check = Check {
    rule: Rule {
        name: "relocations refer to loaded symbols only",
        level: Level::Required,
        why: "an undefined or common symbol fails the load, even with R_X86_64_NONE, or gives a wrong address; a symbol in a section that is not loaded gives a wrong address",
    },
    examine: defined,
};

pub(in crate::contract) const TYPES: Check = Check {
    rule: Rule {
        name: "only relocations 64, PC32, PLT32",
        level: Level::Recommended,
        why: "32 and 32S overflow above 4 GiB, where kexec and newer kernels may load the purgatory",
    },
    examine: types,
};

fn defined(blob: &Blob<'_>) -> Verdict {
    for relocation in blob.relocations() {
        let symbol = &blob.symbols()[relocation.symbol];
        if let Some(why) = not_in_a_section(blob, symbol) {
            let at = place(blob, relocation);
            return Err(format!("{at}: `{}` is {why}", symbol.name));
        }
    }
    Ok(format!("all {} do", blob.relocations().len()))
}

/// Returns the reason why a symbol has no address, or `None` if it has one.
fn not_in_a_section(blob: &Blob<'_>, symbol: &Symbol<'_>) -> Option<String> {
    match symbol.place {
        SymbolPlace::Undefined => Some("undefined".into()),
        SymbolPlace::Common => Some("common".into()),
        SymbolPlace::Absolute => None,
        SymbolPlace::Section(section) => {
            let section = &blob.sections()[section];
            (!section.loaded).then(|| format!("in {}, which is not loaded", section.id()))
        }
    }
}

fn types(blob: &Blob<'_>) -> Verdict {
    let mut counts = BTreeMap::<RelocationType, usize>::new();
    for relocation in blob.relocations() {
        *counts.entry(relocation.kind).or_default() += 1;
    }
    let found: Vec<_> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let found = if found.is_empty() { "none".to_string() } else { found.join(", ") };
    let known = [RelocationType::Abs64, RelocationType::Pc32, RelocationType::Plt32];
    if counts.keys().all(|kind| known.contains(kind)) { Ok(found) } else { Err(found) }
}

fn place(blob: &Blob<'_>, relocation: &Relocation) -> String {
    format!("{}, offset {:#x}", blob.sections()[relocation.target].id(), relocation.offset)
}

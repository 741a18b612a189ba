//! The check of a blob against its loader's contract, and the table of the results.

use super::Kind;
use anyhow::{Context, Result};
use purgatory_loader::contract::{Finding, check};
use purgatory_loader::{Binding, Section, Symbol, SymbolPlace};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The parts of a blob, and the results of the contract's rules.
pub(crate) struct Review {
    /// The text of both.
    pub(crate) table: String,
    /// The number of rules that failed.
    pub(crate) failed: usize,
}

/// Describes a blob, and checks it against the rules of its loader.
pub(crate) fn review(file: &[u8], kind: &Kind) -> Result<Review> {
    let blob =
        purgatory_loader::Blob::parse(file).context("purgatory-loader rejects the object")?;
    let findings = check(kind.loader, &blob);
    let too_large = file.len() > kind.largest_file;
    let mut table = String::new();
    let out = &mut table;

    writeln!(out, "  size         {} of {} bytes", file.len(), kind.largest_file)?;
    for section in blob.sections().iter().filter(|section| section.size != 0) {
        writeln!(out, "  section      {}", describe_section(section))?;
    }
    let mut kinds = BTreeMap::new();
    for relocation in blob.relocations() {
        *kinds.entry(relocation.kind).or_insert(0) += 1;
    }
    for (kind, count) in kinds {
        writeln!(out, "  relocations  {kind} × {count}")?;
    }
    for symbol in blob.symbols().iter().filter(|symbol| symbol.binding == Binding::Global) {
        writeln!(out, "  symbol       {}", describe_symbol(symbol, blob.sections()))?;
    }
    writeln!(out, "  {}", result_line(!too_large, kind.size_rule, ""))?;
    for Finding { rule, passed, found } in &findings {
        writeln!(out, "  {}", result_line(*passed, rule.name, found))?;
    }
    let failed = findings.iter().filter(|finding| !finding.passed).count() + usize::from(too_large);
    Ok(Review { table, failed })
}

fn result_line(passed: bool, name: &str, found: &str) -> String {
    let result = if passed { "PASS" } else { "FAIL" };
    format!("{result:<12} {name:<50} {found}").trim_end().to_owned()
}

fn describe_section(section: &Section<'_>) -> String {
    let flag = |set, letter| if set { letter } else { '-' };
    format!(
        "{:<12} {:>6} bytes, aligned to {:>2}, {}{}{}{}",
        section.name,
        section.size,
        section.alignment,
        flag(section.loaded, 'A'),
        flag(section.writable, 'W'),
        flag(section.executable, 'X'),
        if section.nobits { ", no bytes in the file" } else { "" },
    )
}

fn describe_symbol(symbol: &Symbol<'_>, sections: &[Section<'_>]) -> String {
    let place = match symbol.place {
        SymbolPlace::Section(index) => sections.get(index).map_or("?", |section| section.name),
        SymbolPlace::Undefined => "undefined",
        SymbolPlace::Absolute => "absolute",
        SymbolPlace::Common => "common",
    };
    format!("{:<24} {place} + {:#x}, {} bytes", symbol.name, symbol.value, symbol.size)
}

//! Text output for people.

use crate::embed::Embedded;
use crate::inspect::{Inspected, Inspection};
use purgatory_abi::Loader;
use purgatory_loader::contract::Finding;
use std::fmt::Write as _;
use std::path::Path;

/// Describes the embedded purgatory, and the file that was written.
pub fn embedded(done: &Embedded, input: &Path, output: &Path) -> String {
    let Embedded { loader, offset, old, new, passed, rules, .. } = done;
    printable(&format!(
        "found    purgatory of {loader} at offset {offset:#x} of {}\n\
         old      {old}\n\
         new      {new}\n\
         rules    {passed} of {rules} of {loader} passed\n\
         written  {}\n",
        input.display(),
        output.display(),
    ))
}

/// Describes the purgatories in `file`: one table for each purgatory and loader.
pub fn inspection(inspection: &Inspection, file: &Path) -> String {
    let mut text = String::new();
    let out = &mut text;
    if let Some((compression, size)) = inspection.unpacked {
        line(
            out,
            format_args!("{}: bzImage, {compression}, {size} bytes unpacked", file.display()),
        );
    } else {
        line(out, format_args!("{}", file.display()));
    }
    for purgatory in &inspection.purgatories {
        inspected(out, purgatory);
    }
    printable(&text)
}

fn inspected(out: &mut String, purgatory: &Inspected) {
    let Inspected { offset, identity, loader, tables } = purgatory;
    line(out, format_args!("\npurgatory at offset {offset:#x}, {identity}"));
    match loader {
        Some(own) => line(out, format_args!("loader: {own}")),
        None => line(out, format_args!("loader: unknown, so the rules of all loaders apply")),
    }
    for (of, findings) in tables {
        table(out, *of, findings, loader.is_some_and(|own| own != *of));
    }
    let failed: Vec<_> = purgatory.failed_rules().collect();
    if failed.is_empty() {
        line(out, format_args!("\nall required rules of its loader passed"));
    } else {
        line(out, format_args!("\nrequired rules of its loader that failed: {}", failed.len()));
    }
    for Finding { rule, .. } in failed {
        line(out, format_args!("  {}: {}", rule.name, rule.why));
    }
}

fn table(out: &mut String, loader: Loader, findings: &[Finding], other: bool) {
    let passed = findings.iter().filter(|finding| finding.passed).count();
    let note = if other { " (not its loader)" } else { "" };
    line(out, format_args!("\n{loader}{note}: {passed} of {} rules passed", findings.len()));
    let width = findings.iter().map(|finding| finding.rule.name.len()).max().unwrap_or(0);
    for Finding { rule, passed, found } in findings {
        let result = if *passed { "PASS" } else { "FAIL" };
        line(out, format_args!("  {result}  {:<11}  {:<width$}  {found}", rule.level, rule.name));
    }
}

fn line(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(out, "{arguments}").expect("writing to a String does not fail");
}

/// Escapes the control characters in `text`, except line feeds. Some names come from files, and must not move the
/// cursor or colour the terminal.
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && character != '\n' {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_control_characters_except_line_feeds() {
        assert_eq!(printable("a\x1b[31m\r\n.text ü"), "a\\u{1b}[31m\\r\n.text ü");
    }
}

//! What people read.

use crate::embed::Embedded;
use crate::inspect::{Inspected, Inspection};
use purgatory_abi::Loader;
use purgatory_loader::contract::Finding;
use std::fmt::Write as _;
use std::path::Path;

/// What was embedded, and where it was written.
pub fn embedded(done: &Embedded, input: &Path, output: &Path) -> String {
    let Embedded { loader, offset, old, new, held, rules, .. } = done;
    printable(&format!(
        "found    purgatory of {loader} at offset {offset:#x} of {}\n\
         old      {old}\n\
         new      {new}\n\
         rules    {held} of {rules} of {loader} held\n\
         written  {}\n",
        input.display(),
        output.display(),
    ))
}

/// What was found in `file`: a table for each purgatory and loader.
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
        Some(own) => line(out, format_args!("it is for {own}")),
        None => line(out, format_args!("its tables tell no single loader: it is held against all")),
    }
    for (of, findings) in tables {
        table(out, *of, findings, loader.is_some_and(|own| own != *of));
    }
    let broken: Vec<_> = purgatory.broken().collect();
    if broken.is_empty() {
        line(out, format_args!("\nit keeps every rule that its loader needs"));
    } else {
        line(out, format_args!("\nit breaks {} of the rules that its loader needs:", broken.len()));
    }
    for Finding { rule, .. } in broken {
        line(out, format_args!("  {}: {}", rule.name, rule.why));
    }
}

fn table(out: &mut String, loader: Loader, findings: &[Finding], other: bool) {
    let held = findings.iter().filter(|finding| finding.held).count();
    let note = if other { ", which it is not for" } else { "" };
    line(out, format_args!("\n{loader}{note}: {held} of {} rules held", findings.len()));
    let width = findings.iter().map(|finding| finding.rule.name.len()).max().unwrap_or(0);
    for Finding { rule, held, found } in findings {
        let word = if *held { "held" } else { "BROKEN" };
        line(out, format_args!("  {word:<6}  {}  {:<width$}  {found}", rule.level, rule.name));
    }
}

fn line(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(out, "{arguments}").expect("text grows in memory");
}

/// `text` with its control characters escaped, but for the ends of lines. Names come from files: one must not move the
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
    fn control_characters_are_escaped_and_lines_stay() {
        assert_eq!(printable("a\x1b[31m\r\n.text ü"), "a\\u{1b}[31m\\r\n.text ü");
    }
}

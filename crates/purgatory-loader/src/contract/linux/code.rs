//! The rule for executable sections.

use crate::contract::rules::{Check, Verdict};
use crate::contract::{Level, Rule};
use crate::elf::Blob;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) const ONE_SECTION: Check = Check {
    rule: Rule {
        name: "one executable section",
        level: Level::Recommended,
        why: "with several, older kernels compute the entry point from the last section that could contain it",
    },
    examine: one_section,
};

fn one_section(blob: &Blob<'_>) -> Verdict {
    let executable = blob.loaded_sections().filter(|section| section.executable);
    let names: Vec<_> = executable.map(|section| section.name).collect();
    let found: String = names.join(" ");
    if names.len() == 1 { Ok(found) } else { Err(found) }
}

//! The Linux kernel's contract for the purgatory that it embeds (x86_64).
//!
//! Source: `kernel/kexec_file.c`, functions `kexec_load_purgatory` and those it calls, and
//! `arch_kexec_apply_relocations_add` in `arch/x86/kernel/machine_kexec_64.c`.
//!
//! What [`Blob::parse`] refuses needs no rule here: ranges and indices, `SHT_REL`, unknown relocation types, alignments
//! that are no power of two, an entry point outside of code.

mod code;
mod relocations;
mod sections;
mod tables;

use super::{Finding, Rule};
use crate::elf::Blob;
use alloc::string::String;
use alloc::vec::Vec;

/// `Ok` where a rule is held, `Err` where it is broken; with what was found.
type Verdict = Result<String, String>;

/// A rule, and how to see whether an object keeps to it.
struct Check {
    rule: Rule,
    look: fn(&Blob<'_>) -> Verdict,
}

const CHECKS: [Check; 13] = [
    sections::AT_ZERO,
    sections::SIZE,
    sections::FEW,
    sections::ALIGNMENT,
    code::ONE_SECTION,
    code::ENTRY,
    relocations::DEFINED,
    relocations::TYPES,
    tables::NO_UNDEFINED,
    tables::ENTRY64_REGS,
    tables::SHA_REGIONS,
    tables::SHA256_DIGEST,
    tables::STACK_END,
];

/// Holds `blob` against every rule, and says of each what was found.
pub fn check(blob: &Blob<'_>) -> Vec<Finding> {
    CHECKS
        .iter()
        .map(|check| {
            let verdict = (check.look)(blob);
            let held = verdict.is_ok();
            let (Ok(found) | Err(found)) = verdict;
            Finding { rule: check.rule, held, found }
        })
        .collect()
}

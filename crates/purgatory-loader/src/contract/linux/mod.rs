//! The contract of the Linux kernel for the purgatory that it embeds (x86_64).
//!
//! Source: `kernel/kexec_file.c`, functions `kexec_load_purgatory` and those it calls, and
//! `arch_kexec_apply_relocations_add` in `arch/x86/kernel/machine_kexec_64.c`.
//!
//! [`Blob::parse`] already rejects the following, so no rule here does: invalid ranges and indices, `SHT_REL`, unknown
//! relocation types, alignments that are not a power of two, an entry point outside of code.

mod code;

use super::Finding;
use super::rules::{Check, code::ENTRY, relocations, sections, symbols};
use crate::elf::Blob;
use alloc::vec::Vec;
use purgatory_abi::linux::SYMBOLS;

const CHECKS: [Check; 9] = [
    sections::AT_ZERO,
    sections::SIZE,
    sections::FEW,
    sections::ALIGNMENT,
    code::ONE_SECTION,
    ENTRY,
    relocations::DEFINED,
    relocations::TYPES,
    symbols::NO_UNDEFINED,
];

/// Checks `blob` against every rule, and returns a finding for each.
pub fn check(blob: &Blob<'_>) -> Vec<Finding> {
    let checks = CHECKS.iter().map(|check| check.run(blob));
    checks.chain(symbols::check(blob, SYMBOLS)).collect()
}

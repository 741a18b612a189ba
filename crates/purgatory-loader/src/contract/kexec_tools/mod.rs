//! The contract of kexec-tools (2.0.25 to 2.0.32, x86_64) for the purgatory that it embeds.
//!
//! Source: `elf_rel_load`, `elf_rel_find_symbol`, `elf_rel_set_symbol` and `elf_rel_get_addr` in
//! `kexec/kexec-elf-rel.c`, `machine_apply_elf_rel` in `kexec/arch/x86_64/kexec-elf-rel-x86_64.c`, and their callers in
//! `kexec/kexec.c`, `kexec/arch/i386` and `kexec/arch/x86_64`.
//!
//! [`Blob::parse`] already rejects the following, so no rule here does: invalid ranges and indices, relocation types
//! other than `NONE`, `64`, `32`, `32S`, `PC32` and `PLT32`, an entry point outside of code.

mod defaults;
mod places;

use super::Finding;
use super::rules::{Check, code, relocations, sections, symbols};
use crate::elf::Blob;
use alloc::vec::Vec;
use purgatory_abi::kexec_tools::SYMBOLS;

const OBJECT: [Check; 8] = [
    sections::AT_ZERO,
    sections::SIZE,
    sections::FEW,
    sections::ALIGNMENT,
    code::ENTRY,
    relocations::DEFINED,
    relocations::TYPES,
    symbols::NO_UNDEFINED,
];

const ENTRIES: [Check; 5] =
    [defaults::RIP, places::STACK_ARGUMENTS, places::ENTRY16, places::ENTRY16_DEBUG, places::PRE32];

/// Checks `blob` against every rule, and returns a finding for each.
pub fn check(blob: &Blob<'_>) -> Vec<Finding> {
    let object = OBJECT.iter().map(|check| check.run(blob));
    let entries = ENTRIES.iter().map(|check| check.run(blob));
    object.chain(symbols::check(blob, SYMBOLS)).chain(entries).collect()
}

//! The rule for the default of `entry64_regs.rip`, before kexec writes to it.

use crate::contract::rules::symbols::global;
use crate::contract::rules::{Check, Verdict};
use crate::contract::{Level, Rule};
use crate::elf::{Blob, Relocation, RelocationType, SymbolPlace};
use alloc::format;
use core::mem::offset_of;
use purgatory_abi::kexec_tools::{ENTRY32, ENTRY64_REGS, EntryRegs};

pub(super) const RIP: Check = Check {
    rule: Rule {
        name: "entry64_regs.rip defaults to entry32",
        level: Level::Required,
        why: "the loaders of 32-bit formats set only entry32_regs, and need the purgatory to continue at entry32",
    },
    examine: |blob| {
        let rip = offset_of!(EntryRegs, rip);
        leads_to(blob, ENTRY64_REGS, rip, ENTRY32)
    },
};

/// Checks that a relocation sets the field at offset `field` of `table` to the address of `code`.
fn leads_to(blob: &Blob<'_>, table: &str, field: usize, code: &str) -> Verdict {
    let of = |name| global(blob, name).map_err(|why| format!("{name}: {why}"));
    let ((table, section), (code, code_section)) = (of(table)?, of(code)?);
    let place = table.value.saturating_add(field as u64);
    let fills_in = |relocation: &&Relocation| {
        (relocation.target, relocation.offset) == (section.index, place)
            && relocation.kind == RelocationType::Abs64
    };
    let at = format!("offset {place:#x} of {}", section.id());
    // If several relocations set the field, the last one applies.
    let Some(found) = blob.relocations().iter().rfind(fills_in) else {
        return Err(format!("no relocation sets {at}"));
    };
    let symbol = &blob.symbols()[found.symbol];
    let SymbolPlace::Section(section) = symbol.place else {
        return Err(format!("at {at}, `{}` is in no section", symbol.name));
    };
    let value = symbol.value.wrapping_add_signed(found.addend);
    let leads = format!("{at} is {value:#x} of {}", blob.sections()[section].id());
    if (section, value) == (code_section.index, code.value) { Ok(leads) } else { Err(leads) }
}

//! Rules for where the entry tables lead before kexec writes to them.

use crate::contract::rules::symbols::global;
use crate::contract::rules::{Check, Verdict};
use crate::contract::{Level, Rule};
use crate::elf::{Blob, Relocation, RelocationType, SymbolPlace};
use alloc::format;
use core::mem::offset_of;
use purgatory_abi::kexec_tools::{
    ENTRY16, ENTRY32, ENTRY32_REGS, ENTRY64_REGS, EntryRegs, EntryRegs32,
};

pub(super) const RIP: Check = Check {
    rule: Rule {
        name: "entry64_regs.rip is entry32 by default",
        level: Level::Must,
        why: "the 32-bit formats set entry32_regs only, and rely on the purgatory to go on there",
    },
    look: |blob| {
        let rip = offset_of!(EntryRegs, rip);
        leads_to(blob, ENTRY64_REGS, rip, &[RelocationType::Abs64], ENTRY32)
    },
};

pub(super) const EIP: Check = Check {
    rule: Rule {
        name: "entry32_regs.eip is entry16 by default",
        level: Level::Ours,
        why: "kexec-tools' own object has it so, but every 32-bit format sets it",
    },
    look: |blob| {
        use RelocationType::{Abs32, Abs32Signed, Abs64};
        let eip = offset_of!(EntryRegs32, eip);
        leads_to(blob, ENTRY32_REGS, eip, &[Abs64, Abs32, Abs32Signed], ENTRY16)
    },
};

/// The field at `field` of `table` is filled in with the address of `code`.
fn leads_to(
    blob: &Blob<'_>,
    table: &str,
    field: usize,
    kinds: &[RelocationType],
    code: &str,
) -> Verdict {
    let of = |name| global(blob, name).map_err(|why| format!("{name}: {why}"));
    let ((table, home), (code, code_home)) = (of(table)?, of(code)?);
    let place = table.value.saturating_add(field as u64);
    let fills_in = |relocation: &&Relocation| {
        (relocation.target, relocation.offset) == (home.index, place)
            && kinds.contains(&relocation.kind)
    };
    let at = format!("offset {place:#x} of {}", home.id());
    // Of several, the last one counts.
    let Some(found) = blob.relocations().iter().rfind(fills_in) else {
        return Err(format!("no address is filled in at {at}"));
    };
    let symbol = &blob.symbols()[found.symbol];
    let SymbolPlace::Section(section) = symbol.place else {
        return Err(format!("at {at}, `{}` is in no section", symbol.name));
    };
    let value = symbol.value.wrapping_add_signed(found.addend);
    let leads = format!("{at} is {value:#x} of {}", blob.sections()[section].id());
    if (section, value) == (code_home.index, code.value) { Ok(leads) } else { Err(leads) }
}

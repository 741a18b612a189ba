//! Rules for the symbols through which the kernel talks to the purgatory.

use super::{Check, Verdict};
use crate::contract::{Level, Rule};
use crate::elf::{Blob, Section, Symbol, SymbolPlace};
use alloc::format;
use purgatory_abi::linux::{
    DIGEST_BYTES, ENTRY64_REGS as REGS, EntryRegs, REGION_SLOTS, Region, SHA_REGIONS as REGIONS,
    SHA256_DIGEST as DIGEST, STACK_END as STACK,
};

pub(super) const NO_UNDEFINED: Check = Check {
    rule: Rule {
        name: "no undefined or common symbol",
        level: Level::Ours,
        why: "the kernel links nothing to the purgatory: such a symbol shows that something is missing",
    },
    look: no_undefined,
};

pub(super) const ENTRY64_REGS: Check = Check {
    rule: Rule {
        name: "entry64_regs: global, 136 bytes, not bss",
        level: Level::Must,
        why: "the kernel reads and writes the registers of the next kernel there, or fails the load",
    },
    look: |blob| table(blob, REGS, size_of::<EntryRegs>()),
};

pub(super) const SHA_REGIONS: Check = Check {
    rule: Rule {
        name: "purgatory_sha_regions: global, 256 bytes, not bss",
        level: Level::Must,
        why: "the kernel writes there which memory to verify, or fails the load",
    },
    look: |blob| table(blob, REGIONS, REGION_SLOTS * size_of::<Region>()),
};

pub(super) const SHA256_DIGEST: Check = Check {
    rule: Rule {
        name: "purgatory_sha256_digest: global, 32 bytes, not bss",
        level: Level::Must,
        why: "the kernel writes there the digest of that memory, or fails the load",
    },
    look: |blob| table(blob, DIGEST, DIGEST_BYTES),
};

pub(super) const STACK_END: Check = Check {
    rule: Rule {
        name: "stack_end: global, loaded",
        level: Level::Must,
        why: "the kernel makes its address the stack pointer of the next kernel; bss is allowed",
    },
    look: stack_end,
};

fn no_undefined(blob: &Blob<'_>) -> Verdict {
    // The null symbol is always undefined.
    let mut symbols = blob.symbols().iter().skip(1);
    match symbols.find(|s| matches!(s.place, SymbolPlace::Undefined | SymbolPlace::Common)) {
        Some(Symbol { name, .. }) => Err(format!("`{name}` is")),
        None => Ok(format!("all {} are defined", blob.symbols().len().saturating_sub(1))),
    }
}

fn table(blob: &Blob<'_>, name: &str, size: usize) -> Verdict {
    let (symbol, home) = global(blob, name)?;
    let found = format!("{} bytes in {}", symbol.size, home.id());
    if usize::try_from(symbol.size) != Ok(size) {
        return Err(found);
    }
    if home.nobits { Err(format!("{found}, which has no contents")) } else { Ok(found) }
}

fn stack_end(blob: &Blob<'_>) -> Verdict {
    let (symbol, home) = global(blob, STACK)?;
    Ok(format!("at {:#x} of {}", symbol.value, home.id()))
}

/// A global symbol and the loaded section that it is in.
fn global<'a, 'b>(
    blob: &'a Blob<'b>,
    name: &str,
) -> Result<(&'a Symbol<'b>, &'a Section<'b>), alloc::string::String> {
    let symbol = blob.global(name).ok_or("there is no such global symbol")?;
    let SymbolPlace::Section(home) = symbol.place else {
        return Err("it is in no section".into());
    };
    let home = &blob.sections()[home];
    if home.loaded { Ok((symbol, home)) } else { Err(format!("{} is not loaded", home.id())) }
}

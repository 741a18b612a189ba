//! Rules for the addresses of some symbols in memory: their distances, and their alignment for segment registers.

use crate::contract::rules::symbols::global;
use crate::contract::rules::{Check, Verdict};
use crate::contract::{Level, Rule};
use crate::elf::Blob;
use crate::image::Layout;
use alloc::format;
use alloc::string::{String, ToString as _};
use purgatory_abi::kexec_tools as abi;

/// Distance in bytes between the starts of two adjacent real-mode segments.
const PARAGRAPH: u64 = 16;

pub(super) const STACK_ARGUMENTS: Check = Check {
    rule: Rule {
        name: "stack_arg32_1 directly after stack_arg32_2",
        level: Level::Required,
        why: "a 32-bit ELF kernel starts with the address of stack_arg32_2 as its stack pointer, and reads its argument above it",
    },
    examine: stack_arguments,
};

pub(super) const ENTRY16: Check = Check {
    rule: Rule {
        name: "entry16: 16-byte aligned",
        level: Level::Recommended,
        why: "a purgatory can use entry16 as the start of its real-mode segment only at such an address",
    },
    examine: |blob| aligned(blob, abi::ENTRY16),
};

pub(super) const ENTRY16_DEBUG: Check = Check {
    rule: Rule {
        name: "entry16_debug: 16-byte aligned",
        level: Level::Required,
        why: "with --real-mode -d, the kernel calls back in the real-mode segment entry16_debug / 16",
    },
    examine: |blob| aligned(blob, abi::ENTRY16_DEBUG),
};

pub(super) const PRE32: Check = Check {
    rule: Rule {
        name: "entry16_debug_pre32 within 64 KiB of entry16_debug",
        level: Level::Required,
        why: "with --real-mode -d, the kernel calls back at this distance, a 16-bit offset in the segment",
    },
    examine: pre32,
};

fn stack_arguments(blob: &Blob<'_>) -> Verdict {
    let (first, second) = (offset(blob, abi::STACK_ARG32_1)?, offset(blob, abi::STACK_ARG32_2)?);
    let found = format!("at {first:#x} and {second:#x}");
    if first == second + 4 { Ok(found) } else { Err(found) }
}

fn aligned(blob: &Blob<'_>, name: &str) -> Verdict {
    let offset = offset(blob, name)?;
    let found = format!("at {offset:#x}");
    if offset.is_multiple_of(PARAGRAPH) { Ok(found) } else { Err(found) }
}

fn pre32(blob: &Blob<'_>) -> Verdict {
    let start = offset(blob, abi::ENTRY16_DEBUG)?;
    let pre32 = offset(blob, abi::ENTRY16_DEBUG_PRE32)?;
    let found = format!("at {pre32:#x}, and entry16_debug at {start:#x}");
    let distance = pre32.checked_sub(start).and_then(|distance| u16::try_from(distance).ok());
    if distance.is_some() { Ok(found) } else { Err(found) }
}

/// Returns the offset of a symbol from the load address, which is a multiple of a page (`locate_hole` in
/// `kexec/kexec.c`).
fn offset(blob: &Blob<'_>, name: &str) -> Result<u64, String> {
    let (symbol, section) = global(blob, name).map_err(|why| format!("{name}: {why}"))?;
    let layout = Layout::of(blob).map_err(|error| error.to_string())?;
    Ok(layout.loaded_offset(section.index) + symbol.value)
}

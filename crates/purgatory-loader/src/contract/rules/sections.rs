//! Rules for the loaded sections.

use super::{Check, Verdict};
use crate::contract::{Level, Rule};
use crate::elf::{Blob, Section};
use crate::image::Layout;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use purgatory_abi::PAGE;

pub(in crate::contract) const AT_ZERO: Check = Check {
    rule: Rule {
        name: "sections start at address 0",
        level: Level::Required,
        why: "loaders add the new section address to each symbol, so an old address other than 0 would be counted twice",
    },
    examine: at_zero,
};

pub(in crate::contract) const SIZE: Check = Check {
    rule: Rule {
        name: "size in memory at most 16 MiB",
        level: Level::Required,
        why: "PC-relative relocations reach 2 GiB and overflow without an error; a purgatory needs far less than that",
    },
    examine: size,
};

pub(in crate::contract) const FEW: Check = Check {
    rule: Rule {
        name: "only .text .rodata .data .bss",
        level: Level::Recommended,
        why: "each loader may lay out a further section differently",
    },
    examine: few,
};

pub(in crate::contract) const ALIGNMENT: Check = Check {
    rule: Rule {
        name: "section alignment at most a page",
        level: Level::Recommended,
        why: "all loaders align a segment to a page, but only some to more than a page",
    },
    examine: alignment,
};

fn at_zero(blob: &Blob<'_>) -> Verdict {
    match blob.loaded_sections().find(|section| section.address != 0) {
        Some(section) => Err(format!("{} is at {:#x}", section.id(), section.address)),
        None => Ok(format!("all {} do", blob.loaded_sections().count())),
    }
}

fn size(blob: &Blob<'_>) -> Verdict {
    let layout = Layout::of(blob).map_err(|error| error.to_string())?;
    Ok(format!("{:#x} bytes, {:#x} of them with contents", layout.memsz(), layout.bufsz()))
}

fn few(blob: &Blob<'_>) -> Verdict {
    let names: Vec<_> = blob.loaded_sections().map(|section| section.name).collect();
    let known = [".text", ".rodata", ".data", ".bss"];
    let once = |name: &&str| names.iter().filter(|other| *other == name).count() == 1;
    let found = names.join(" ");
    if names.iter().all(|name| known.contains(name) && once(name)) { Ok(found) } else { Err(found) }
}

fn alignment(blob: &Blob<'_>) -> Verdict {
    let largest = blob.loaded_sections().max_by_key(|section| section.alignment);
    let found = |section: &Section<'_>| format!("{} at {}", section.id(), section.alignment);
    match largest {
        Some(section) if section.alignment > PAGE => Err(found(section)),
        largest => Ok(largest.map_or_else(String::new, |s| format!("the largest: {}", found(s)))),
    }
}

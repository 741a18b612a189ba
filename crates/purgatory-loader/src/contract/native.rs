//! The native contract, see [`purgatory_abi::native`].

use super::rules::{Check, Verdict, code, relocations, sections, symbols};
use super::{Finding, Level, Rule};
use crate::elf::Blob;
use crate::image::Layout;
use crate::native::check_header;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use purgatory_abi::native::{HEADER as SYMBOL, Header};
use zerocopy::FromBytes;

const CHECKS: [Check; 10] = [
    sections::AT_ZERO,
    sections::SIZE,
    sections::FEW,
    sections::ALIGNMENT,
    code::ENTRY,
    relocations::DEFINED,
    relocations::TYPES,
    symbols::NO_UNDEFINED,
    HEADER,
    KNOWN,
];

const HEADER: Check = Check {
    rule: Rule {
        name: "purgatory_header: global, 400 bytes or more, first",
        level: Level::Required,
        why: "the loader fills in the header, and tools find a loaded image by its magic",
    },
    examine: header,
};

const KNOWN: Check = Check {
    rule: Rule {
        name: "purgatory_header: known magic, version, size, flags",
        level: Level::Required,
        why: "the loader rejects a purgatory of another version",
    },
    examine: known,
};

/// Checks `blob` against every rule, and returns a finding for each.
pub fn check(blob: &Blob<'_>) -> Vec<Finding> {
    CHECKS.iter().map(|check| check.run(blob)).collect()
}

fn header(blob: &Blob<'_>) -> Verdict {
    let (symbol, section) = symbols::global(blob, SYMBOL)?;
    // The header of a later purgatory may be longer than the one that this loader knows.
    let size = usize::try_from(symbol.size).unwrap_or_default().max(size_of::<Header>());
    let found = symbols::set(blob, SYMBOL, size)?;
    let layout = Layout::of(blob).map_err(|error| error.to_string())?;
    if layout.loaded_offset(section.index) == 0 && symbol.value == 0 {
        Ok(found)
    } else {
        Err(format!("{found}, but not at the start of the image"))
    }
}

fn known(blob: &Blob<'_>) -> Verdict {
    let (symbol, section) = symbols::global(blob, SYMBOL)?;
    let start = usize::try_from(symbol.value).ok();
    let bytes = start.and_then(|start| section.contents.get(start..));
    let header = bytes.and_then(|bytes| Header::read_from_prefix(bytes).ok());
    let (header, _) = header.ok_or("it is truncated")?;
    check_header(&header, symbol.size).map_err(|error| error.to_string())?;
    Ok(format!("version {}", header.version))
}

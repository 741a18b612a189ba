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
        name: "purgatory_header: global, 352 bytes or more, first",
        level: Level::Must,
        why: "the loader fills it in, and who looks for a loaded image finds it by its magic",
    },
    look: header,
};

const KNOWN: Check = Check {
    rule: Rule {
        name: "purgatory_header: known magic, version, size, flags",
        level: Level::Must,
        why: "the loader refuses a purgatory of another version",
    },
    look: known,
};

/// Holds `blob` against every rule, and says of each what was found.
pub fn check(blob: &Blob<'_>) -> Vec<Finding> {
    CHECKS.iter().map(|check| check.run(blob)).collect()
}

fn header(blob: &Blob<'_>) -> Verdict {
    let (symbol, section) = symbols::global(blob, SYMBOL)?;
    // A purgatory that knows more than this loader has a longer one.
    let size = usize::try_from(symbol.size).unwrap_or_default().max(size_of::<Header>());
    let found = symbols::set(blob, SYMBOL, size)?;
    let layout = Layout::of(blob).map_err(|error| error.to_string())?;
    if layout.loaded_offset(section.index) == 0 && symbol.value == 0 {
        Ok(found)
    } else {
        Err(format!("{found}, and does not begin the image"))
    }
}

fn known(blob: &Blob<'_>) -> Verdict {
    let (symbol, section) = symbols::global(blob, SYMBOL)?;
    let start = usize::try_from(symbol.value).ok();
    let bytes = start.and_then(|start| section.contents.get(start..));
    let header = bytes.and_then(|bytes| Header::read_from_prefix(bytes).ok());
    let (header, _) = header.ok_or("it is not all there")?;
    check_header(&header, symbol.size).map_err(|error| error.to_string())?;
    Ok(format!("version {}", header.version))
}

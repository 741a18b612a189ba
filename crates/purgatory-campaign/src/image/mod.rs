//! The image of a capture kernel and its purgatory, loaded into the machine's memory as its loader does.

mod contents;
mod drop_in;
mod native;
mod start;

use crate::ram::{LOW, Ram, range};
use crate::target::{Part, Target};
use anyhow::{Context, Result};
use purgatory_abi::native::SegmentKind;
use purgatory_abi::{EntryRegs, Loader, PAGE, Region};
use purgatory_loader::contract::loader_of;
use purgatory_loader::{Blob, Layout, Segment};
use std::ops::Range;

/// The address of the purgatory.
pub(crate) const PURGATORY: u64 = 0x2030_0000;

/// A digested segment.
#[derive(Clone, Debug)]
pub struct Digested {
    /// Its index in the list or its slot in the table of regions.
    pub index: u8,
    /// Address of its first byte.
    pub start: u64,
    /// Bytes of payload.
    pub payload: u64,
    /// Bytes of zero padding.
    pub zeros: u64,
    /// Whether the purgatory copies other memory to it before the start.
    pub is_copy: bool,
}

impl Digested {
    fn new(index: u8, segment: &Segment<'_>) -> Self {
        Self {
            index,
            start: segment.address,
            payload: segment.payload.len() as u64,
            zeros: segment.zeros,
            is_copy: segment.address == contents::BACKUP,
        }
    }

    /// Returns all its memory.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.start..self.start + self.payload + self.zeros
    }
}

/// The memory of the tables that the loader writes.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The native header; empty for a drop-in.
    pub header: Range<u64>,
    /// The native list, or the table of regions.
    pub list: Range<u64>,
    /// The digest of a drop-in; empty for the native purgatory, whose list has the digests.
    pub digest: Range<u64>,
    /// The registers.
    pub registers: Range<u64>,
    /// Instructions and constants.
    pub code: Range<u64>,
    /// The first instructions, which repair or check the rest; empty if the purgatory does neither.
    pub first: Range<u64>,
    /// Instructions and constants that a drop-in checks; empty if it does not.
    pub checked: Range<u64>,
    /// Both copies of header and code; empty for a drop-in.
    pub copies: Range<u64>,
    /// All of the purgatory's memory.
    pub own: Region,
}

/// An image in memory.
#[derive(Debug)]
pub struct Image {
    /// The loader of the purgatory.
    pub loader: Loader,
    /// Whether the purgatory prints a verdict: it is one of this project.
    pub reports: bool,
    /// The memory.
    pub ram: Ram,
    /// The parts that faults hit.
    pub parts: Vec<Part>,
    /// The digested segments, in the order of their digests.
    pub digested: Vec<Digested>,
    /// The bytes of the digested segments as loaded.
    pub loaded: Vec<Vec<u8>>,
    /// The tables.
    pub tables: Tables,
    /// The registers with which the kernel must be entered.
    pub entry: EntryRegs,
    /// The purgatory's own memory as loaded.
    pub own: Vec<u8>,
}

/// A purgatory with its tables filled in.
struct Placed {
    reports: bool,
    bytes: Vec<u8>,
    digested: Vec<Digested>,
    tables: Tables,
    entry: EntryRegs,
    /// Address and size of each table, for the part [`Target::Switches`].
    switches: Vec<Range<u64>>,
    digests: Vec<Range<u64>>,
    list: Vec<Range<u64>>,
    header: Vec<Range<u64>>,
    bss: Range<u64>,
}

impl Image {
    /// Loads an image with this purgatory.
    ///
    /// # Errors
    ///
    /// Returns an error if the object is not a purgatory, or if its memory is in use in this process.
    pub fn load(object: &[u8]) -> Result<Self> {
        let blob = Blob::parse(object)?;
        let loader = loader_of(&blob).context("the object is no purgatory of a known loader")?;
        let segments = contents::segments(loader)?;
        let placed = match loader {
            Loader::Native => native::place(&blob, &segments)?,
            Loader::Linux | Loader::KexecTools => drop_in::place(&blob, loader, &segments)?,
        };
        let relocated = relocated(&blob, &Layout::of(&blob)?);
        let mut ram = Ram::new(placed.tables.own)?;
        for segment in &segments {
            let payload = segment.address..segment.address + segment.payload.len() as u64;
            ram.bytes(payload)?.copy_from_slice(&segment.payload);
        }
        let own = PURGATORY..PURGATORY + placed.bytes.len() as u64;
        ram.bytes(own.clone())?.copy_from_slice(&placed.bytes);
        ram.bytes(range(LOW))?.fill(0x5a);
        start::write_code(&mut ram, placed.entry_of_purgatory(&blob)?)?;
        let mut loaded = Vec::new();
        for segment in &placed.digested {
            loaded.push(ram.bytes(segment.range())?.to_vec());
        }
        let parts = parts(&segments, &placed, &relocated);
        let Placed { reports, bytes, digested, tables, entry, .. } = placed;
        Ok(Self { loader, reports, ram, parts, digested, loaded, tables, entry, own: bytes })
    }

    /// Returns the address at which the crashed kernel's last code begins.
    #[must_use]
    pub fn start(&self) -> u64 {
        start::CODE
    }
}

impl Placed {
    fn entry_of_purgatory(&self, blob: &Blob<'_>) -> Result<u64> {
        Ok(purgatory_loader::Image::place(blob, self.tables.own.start)?.entry())
    }
}

/// Returns the bytes that the loader relocates.
fn relocated(blob: &Blob<'_>, layout: &Layout) -> Vec<Range<u64>> {
    let places = blob.relocations().iter().filter_map(|relocation| {
        let start = PURGATORY + layout.section_offset(relocation.target)? + relocation.offset;
        Some(start..start + relocation.kind.width())
    });
    places.filter(|place| !place.is_empty()).collect()
}

/// Returns all parts that have memory.
fn parts(segments: &[Segment<'_>], placed: &Placed, relocated: &[Range<u64>]) -> Vec<Part> {
    let Placed { tables, digested, switches, digests, list, header, bss, .. } = placed;
    let payload = |segment: &Digested| segment.start..segment.start + segment.payload;
    let end = |segment: &Digested| {
        let end = segment.start + segment.payload;
        end - segment.payload.min(16)..end + segment.zeros.min(16)
    };
    let zeros = |segment: &Digested| segment.start + segment.payload..segment.range().end;
    let tables_of_code: Vec<_> = switches
        .iter()
        .chain(digests)
        .chain(list)
        .chain(header)
        .chain([&tables.registers])
        .chain(relocated)
        .cloned()
        .collect();
    let elfcorehdr = segments.iter().filter(|segment| segment.kind == SegmentKind::Elfcorehdr);
    let all = [
        (Target::Payload, digested.iter().map(payload).collect()),
        (Target::SegmentEnd, digested.iter().map(end).collect()),
        (Target::Zeros, digested.iter().map(zeros).collect()),
        (Target::Digests, digests.clone()),
        (Target::List, list.clone()),
        (Target::Header, header.clone()),
        (Target::Registers, vec![tables.registers.clone()]),
        (Target::Switches, switches.clone()),
        (Target::Code, without(tables.code.clone(), tables_of_code)),
        (Target::Copies, vec![tables.copies.clone()]),
        (Target::Relocated, relocated.to_vec()),
        (Target::Bss, vec![bss.clone()]),
        (
            Target::Elfcorehdr,
            elfcorehdr.map(|e| e.address..e.address + e.payload.len() as u64).collect(),
        ),
    ];
    let parts = all.into_iter().map(|(target, mut ranges): (_, Vec<Range<u64>>)| {
        ranges.retain(|range| !range.is_empty());
        Part { target, ranges }
    });
    parts.filter(|part| !part.ranges.is_empty()).collect()
}

/// Returns the parts of `whole` outside all of `holes`.
fn without(whole: Range<u64>, mut holes: Vec<Range<u64>>) -> Vec<Range<u64>> {
    holes.sort_by_key(|hole| hole.start);
    let mut at = whole.start;
    let mut rest = Vec::new();
    for hole in holes {
        rest.push(at..hole.start.min(whole.end));
        at = at.max(hole.end);
    }
    rest.push(at..whole.end);
    rest.retain(|range| range.start < range.end);
    rest
}

/// Returns whole pages of memory.
fn own_region(bytes: u64) -> Region {
    Region { start: PURGATORY, len: bytes.next_multiple_of(PAGE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_without_its_holes() {
        assert_eq!(without(10..20, vec![]), [10..20]);
        assert_eq!(without(10..20, vec![15..16, 5..11, 19..30]), [11..15, 16..19]);
        assert_eq!(without(10..20, vec![0..40]), []);
    }
}

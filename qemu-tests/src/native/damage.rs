//! What is changed between load and start, and what a report must say of it.

use std::mem::offset_of;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use memchr::memmem;
use purgatory_abi::EntryRegs;
use purgatory_abi::native::{CHUNK_BYTES, Header, MAGIC, SegmentKind};
use purgatory_abi::status::Status;
use sha2::{Digest, Sha256};
use zerocopy::FromBytes;

use super::case::{Case, Part};
use super::report::Damage;
use crate::crash::case::Changed;
use crate::crash::run::{flip, place};
use crate::guest::first::First;
use crate::guest::memory::Memory;
use crate::guest::segments::Segments;

/// A loaded purgatory starts at a page.
const PAGE: u64 = 4096;

const CHUNK: u64 = CHUNK_BYTES as u64;

/// A bit of a verified segment that was changed.
pub(super) struct Flip {
    kind: SegmentKind,
    at: u64,
    /// Where `before` starts.
    start: u64,
    /// What was there: all of the chunk, wherever in it the bit is.
    before: Vec<u8>,
}

/// Where the purgatory of a loaded image and its segment digest list are, found by the header's magic.
///
/// # Errors
/// There is none, or more than one, or its header makes no sense.
pub(super) fn find(memory: &Memory, region: Range<u64>) -> Result<Range<u64>> {
    let bytes = memory.read(region.clone())?;
    let places = memmem::find_iter(&bytes, &MAGIC).map(|at| at as u64);
    let found: Vec<u64> = places.filter(|at| at.is_multiple_of(PAGE)).collect();
    let [at] = found[..] else { bail!("{} purgatories in the crash region", found.len()) };
    let (header, _) = Header::read_from_prefix(&bytes[usize::try_from(at)?..])
        .ok()
        .context("the purgatory is cut off")?;
    let (start, list) = (region.start + at, header.list);
    let end = list.start.checked_add(list.len).context("the list passes the end of everything")?;
    ensure!(start < list.start && end <= region.end, "the list is at {list:x?}");
    Ok(start..end)
}

/// Changes what the case wants changed; the verified segments that were are given back.
pub(super) fn change(
    first: &First,
    case: &Case,
    purgatory: &Range<u64>,
    segments: &Segments,
) -> Result<Vec<Flip>> {
    let mut flips = Vec::new();
    for part in case.changed {
        let at = match part {
            Part::Segment(segment) => place(first, segments, *segment)?,
            Part::Code => constant(&first.memory, purgatory)?,
            Part::List => purgatory.end - 1,
            Part::Registers => {
                purgatory.start + (offset_of!(Header, entry) + offset_of!(EntryRegs, rsi)) as u64
            }
        };
        if let Part::Segment(segment) = part
            && let Some(kind) = verified(*segment)
        {
            let region = &first.facts.crash_region;
            let start = at.saturating_sub(CHUNK).max(region.start);
            let before = first.memory.read(start..(at + CHUNK).min(region.end))?;
            flips.push(Flip { kind, at, start, before });
        }
        flip(first, at)?;
    }
    Ok(flips)
}

/// What a segment is to the purgatory, unless it is excluded from verification.
fn verified(segment: Changed) -> Option<SegmentKind> {
    match segment {
        Changed::Kernel => Some(SegmentKind::Kernel),
        Changed::Initrd => Some(SegmentKind::Initrd),
        Changed::BootParams => Some(SegmentKind::BootParams),
        Changed::CommandLine => Some(SegmentKind::CommandLine),
        Changed::Elfcorehdr => None,
    }
}

/// Where the purgatory has a word that it does not print in a run.
fn constant(memory: &Memory, purgatory: &Range<u64>) -> Result<u64> {
    let bytes = memory.read(purgatory.clone())?;
    let at = memmem::find(&bytes, Status::EnginesBroken.name().as_bytes());
    Ok(purgatory.start + at.context("the purgatory does not have that word")? as u64)
}

/// Holds what a report says is damaged against what was changed.
///
/// # Errors
/// They differ; the error says in what.
pub(super) fn check(flips: &[Flip], damages: &[Damage]) -> Result<()> {
    ensure!(flips.len() == damages.len(), "{} segments are said to be damaged", damages.len());
    for flip in flips {
        let kind = flip.kind.name();
        let damage = damages.iter().find(|damage| damage.kind == kind);
        let damage = damage.with_context(|| format!("{kind} is not said to be damaged"))?;
        ensure!(damage.segment.contains(&flip.at), "{kind} is not at {:x?}", damage.segment);
        ensure!(damage.chunks == 1, "{} chunks of {kind}", damage.chunks);
        let number = (flip.at - damage.segment.start) / CHUNK;
        ensure!(damage.first == number, "chunk {} of {kind}, not {number}", damage.first);
        let start = damage.segment.start + number * CHUNK;
        // Behind the payload come zeros, which belong to no chunk.
        let range = start..damage.chunk.end;
        ensure!(damage.chunk == range && range.contains(&flip.at), "{kind}: {:x?}", damage.chunk);
        ensure!(range.end - range.start <= CHUNK, "{kind}: a chunk of {range:x?}");
        let (expected, actual) = flip.digests(&range)?;
        ensure!(damage.expected == expected, "{kind}: expected is not {expected}");
        ensure!(damage.actual == actual, "{kind}: actual is not {actual}");
    }
    Ok(())
}

impl Flip {
    /// The digests of a chunk before the change and after.
    fn digests(&self, chunk: &Range<u64>) -> Result<(String, String)> {
        let place = |address: u64| usize::try_from(address.checked_sub(self.start)?).ok();
        let range = place(chunk.start).zip(place(chunk.end)).map(|(start, end)| start..end);
        let bytes = range.and_then(|range| self.before.get(range));
        let mut bytes = bytes.with_context(|| format!("{chunk:x?} was not kept"))?.to_vec();
        let before = hex(&Sha256::digest(&bytes));
        let at = usize::try_from(self.at - chunk.start)?;
        *bytes.get_mut(at).context("the change is not in the chunk")? ^= 1;
        Ok((before, hex(&Sha256::digest(&bytes))))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bit of an initrd of 100,000 bytes, and what is to be said of it.
    fn changed() -> (Flip, Damage) {
        let (segment, at) = (0x10_0000..0x10_0000 + 100_000, 0x11_2345);
        let start = at - CHUNK;
        let before: Vec<u8> = (0..2 * CHUNK).map(|at| (at % 251) as u8).collect();
        let flip = Flip { kind: SegmentKind::Initrd, at, start, before };
        let chunk = 0x11_0000..segment.end;
        let (expected, actual) = flip.digests(&chunk).unwrap();
        assert_ne!(expected, actual);
        let kind = "initrd".to_owned();
        (flip, Damage { kind, segment, chunks: 1, first: 1, chunk, expected, actual })
    }

    #[test]
    fn what_is_said_must_be_what_was_changed() {
        let (flip, damage) = changed();
        let flips = [flip];
        let good = |damage: Damage| check(&flips, &[damage]).is_ok();
        assert!(good(damage.clone()));
        assert!(check(&flips, &[]).is_err());
        assert!(check(&[], std::slice::from_ref(&damage)).is_err());
        assert!(!good(Damage { kind: "kernel".into(), ..damage.clone() }));
        assert!(!good(Damage { chunks: 2, ..damage.clone() }));
        assert!(!good(Damage { first: 0, ..damage.clone() }));
        assert!(!good(Damage { segment: 0x12_0000..0x13_0000, ..damage.clone() }));
        assert!(!good(Damage { chunk: 0x10_0000..0x11_0000, ..damage.clone() }));
        assert!(!good(Damage { actual: damage.expected.clone(), ..damage.clone() }));
        assert!(!good(Damage { expected: damage.actual.clone(), ..damage }));
    }

    #[test]
    fn a_purgatory_is_found_by_its_magic_once() {
        let region = 0x10_0000..0x20_0000;
        let memory = Memory::new(0x20_0000).unwrap();
        assert!(find(&memory, region.clone()).is_err());
        memory.write(0x11_0000, &MAGIC).unwrap();
        assert!(find(&memory, region.clone()).unwrap_err().to_string().contains("the list"));
        let list = 0x11_0000 + offset_of!(Header, list) as u64;
        memory.write(list, &0x11_8000_u64.to_le_bytes()).unwrap();
        memory.write(list + 8, &0x1000_u64.to_le_bytes()).unwrap();
        assert_eq!(find(&memory, region.clone()).unwrap(), 0x11_0000..0x11_9000);
        memory.write(0x12_0010, &MAGIC).unwrap();
        assert!(find(&memory, region.clone()).is_ok());
        memory.write(0x12_0000, &MAGIC).unwrap();
        assert!(find(&memory, region).unwrap_err().to_string().contains("2 purgatories"));
    }
}

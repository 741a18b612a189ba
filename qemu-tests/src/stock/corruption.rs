//! The lines of a native report about the corrupted bytes.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use boot_shim::fault::Part;
use purgatory_abi::native::{CHUNK_BYTES, SegmentKind};
use purgatory_abi::report::{ChunkReport, Corruption, Report};
use purgatory_abi::{DIGEST_BYTES, Region};
use sha2::{Digest, Sha256};

use super::faults::Change;

const CHUNK: u64 = CHUNK_BYTES as u64;

/// The kind of a segment that is verified.
fn verified(part: Part) -> Option<SegmentKind> {
    match part {
        Part::Kernel => Some(SegmentKind::Kernel),
        Part::Initrd => Some(SegmentKind::Initrd),
        Part::BootParams => Some(SegmentKind::BootParams),
        Part::IgnoredWord => Some(SegmentKind::CommandLine),
        _ => None,
    }
}

/// Compares the corruption in a report with the changed bytes. elfcorehdr is not verified.
///
/// # Errors
/// They differ; the error names the difference.
pub(super) fn check(changes: &[Change], report: &Report<'_>) -> Result<()> {
    let segments = report.segments().context("the lines of a segment contradict each other")?;
    let corrupted: Vec<_> = segments.iter().filter(|segment| segment.chunk.is_some()).collect();
    let expected: Vec<(&Change, SegmentKind)> =
        changes.iter().filter_map(|change| Some((change, verified(change.part)?))).collect();
    ensure!(expected.len() == corrupted.len(), "{} segments are corrupted", corrupted.len());
    for (change, kind) in expected {
        let found = corrupted.iter().find(|found| found.segment.kind == kind);
        let found = found.with_context(|| format!("{} is not corrupted", kind.name()))?;
        let segment = range(found.segment.region);
        ensure!(segment.contains(&change.at), "{kind:?} is not at {segment:x?}");
        let number = (change.at - segment.start) / CHUNK;
        let corruption =
            found.segment.corruption.map(|Corruption { corrupted, first, .. }| (corrupted, first));
        ensure!(
            corruption == Some((1, number)),
            "{kind:?}: corruption {corruption:?}, not chunk {number}"
        );
        let ChunkReport { chunk, expected, actual } = found.chunk.context("no chunk")?;
        let start = segment.start + number * CHUNK;
        let chunk = range(chunk.region);
        // Zero padding follows the payload, and belongs to no chunk.
        let bounds = start..(start + CHUNK).min(segment.end);
        ensure!(
            chunk.start == start && chunk.contains(&change.at) && chunk.end <= bounds.end,
            "{kind:?}: a chunk of {chunk:x?}"
        );
        ensure!((expected, actual) == change.digests(&chunk)?, "{kind:?}: the digests");
    }
    Ok(())
}

fn range(region: Region) -> Range<u64> {
    region.start..region.start + region.len
}

impl Change {
    /// The digests of a chunk before the change and after.
    fn digests(&self, chunk: &Range<u64>) -> Result<([u8; DIGEST_BYTES], [u8; DIGEST_BYTES])> {
        let place = |address: u64| usize::try_from(address.checked_sub(self.start)?).ok();
        let range = place(chunk.start).zip(place(chunk.end)).map(|(start, end)| start..end);
        let bytes = range.and_then(|range| self.before.get(range));
        let mut bytes = bytes.with_context(|| format!("{chunk:x?} was not kept"))?.to_vec();
        let before = Sha256::digest(&bytes).into();
        let at = usize::try_from(self.at - chunk.start)?;
        *bytes.get_mut(at).context("the change is not in the chunk")? ^= 1;
        Ok((before, Sha256::digest(&bytes).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use purgatory_abi::report::{ChunkLine, DigestLine, DigestOf, Line, SegmentLine};

    const AT: u64 = 0x11_2345;

    /// A bit of an initrd of 100,000 bytes.
    fn change() -> Change {
        let before: Vec<u8> = (0..2 * CHUNK).map(|at| (at % 251) as u8).collect();
        Change { part: Part::Initrd, at: AT, start: AT - CHUNK, before }
    }

    /// The lines of a report about it.
    fn lines() -> [Line<'static>; 4] {
        let segment = Region { start: 0x10_0000, len: 100_000 };
        let chunk = 0x11_0000..0x10_0000 + 100_000;
        let (expected, actual) = change().digests(&chunk).unwrap();
        assert_ne!(expected, actual);
        let line = SegmentLine {
            index: 0,
            region: segment,
            kind: SegmentKind::Initrd,
            verified: true,
            corruption: Some(Corruption { corrupted: 1, chunks: 2, first: 1 }),
        };
        let len = chunk.end - chunk.start;
        let chunk = ChunkLine { index: 1, region: Region { start: chunk.start, len }, fill: None };
        let digest = |of, digest| DigestLine { of, digest }.into();
        [
            line.into(),
            chunk.into(),
            digest(DigestOf::ExpectedChunk, expected),
            digest(DigestOf::ActualChunk, actual),
        ]
    }

    fn passes(changes: &[Change], lines: &[Line<'static>]) -> bool {
        check(changes, &Report { lines: lines.to_vec(), others: Vec::new() }).is_ok()
    }

    #[test]
    fn a_report_must_name_exactly_the_changed_chunks() {
        assert!(passes(&[change()], &lines()));
        assert!(passes(&[], &[]));
        assert!(!passes(&[change()], &[]));
        assert!(!passes(&[], &lines()));
        assert!(!passes(&[Change { part: Part::Kernel, ..change() }], &lines()));
        assert!(!passes(&[Change { at: AT - CHUNK, ..change() }], &lines()));
        assert!(!passes(&[Change { at: AT + CHUNK, ..change() }], &lines()));
        let mut other = change();
        other.before[CHUNK as usize] ^= 1;
        assert!(!passes(&[other], &lines()));
    }

    #[test]
    fn each_wrong_line_is_seen() {
        let [Line::Segment(segment), Line::Chunk(chunk), expected, actual] = lines() else {
            unreachable!("those are the kinds of the lines")
        };
        let with = |segment: SegmentLine, chunk: ChunkLine, expected, actual| {
            passes(&[change()], &[segment.into(), chunk.into(), expected, actual])
        };
        assert!(with(segment, chunk, expected, actual));
        let corruption = |corruption| SegmentLine { corruption: Some(corruption), ..segment };
        let two = corruption(Corruption { corrupted: 2, chunks: 2, first: 1 });
        assert!(!with(two, chunk, expected, actual));
        let first = corruption(Corruption { corrupted: 1, chunks: 2, first: 0 });
        assert!(!with(first, ChunkLine { index: 0, ..chunk }, expected, actual));
        let region = |start, len| Region { start, len };
        let elsewhere = SegmentLine { region: region(0x12_0000, 100_000), ..segment };
        assert!(!with(elsewhere, chunk, expected, actual));
        let chunk_at = |start, len| ChunkLine { region: region(start, len), ..chunk };
        assert!(!with(segment, chunk_at(0x10_0000, CHUNK), expected, actual));
        assert!(!with(segment, chunk_at(0x11_0000, CHUNK), expected, actual));
        let Line::Digest(digest) = expected else { unreachable!("a digest") };
        let wrong = DigestLine { digest: [0; DIGEST_BYTES], ..digest };
        assert!(!with(segment, chunk, wrong.into(), actual));
    }
}

//! The report of an image with a digest for each chunk: every segment, and where it is corrupted.

use super::one_digest::fill;
use super::{headline, speed};
use crate::memory::Memory;
use crate::plan::{Attempt, Chunks, Segments};
use crate::verify::{Corruption, Corruptions, Outcome};
use purgatory_abi::native::{SegmentEntry, SegmentKind};
use purgatory_abi::report::{
    self, ChunkLine, DigestLine, DigestOf, NonzeroLine, Part, SegmentLine, Sink, Write,
};

/// Prints the result of the verification: every segment with its corruption, and the speed.
pub fn chunks<S: Sink, M: Memory>(
    sink: &mut S,
    attempt: &Attempt<Chunks<'_>>,
    outcome: &Outcome<Corruptions>,
    memory: &M,
    ticks: u64,
) {
    headline(outcome.status, outcome.defect, Part::Segment).write(sink);
    if let Ok(segments) = attempt.check.segments {
        for ((index, entry), corruption) in segments.numbered().zip(&outcome.found.of_segment) {
            segment(sink, index, entry, corruption);
            if corruption.chunks != 0 {
                corrupted_chunk(sink, &segments, entry, corruption, memory);
            }
            if let Some(address) = corruption.first_nonzero {
                NonzeroLine { address }.write(sink);
            }
        }
    }
    speed(outcome.bytes, ticks, Some(outcome.found.zeros)).write(sink);
}

fn segment<S: Sink>(sink: &mut S, index: u8, entry: &SegmentEntry, corruption: &Corruption) {
    let Some(kind) = SegmentKind::from_code(entry.kind) else { return };
    let region = entry.region().unwrap_or_default();
    let verified = entry.verified != 0;
    let corruption = (corruption.chunks != 0).then(|| report::Corruption {
        corrupted: corruption.chunks,
        chunks: entry.chunks(),
        first: corruption.first,
    });
    SegmentLine { index, region, kind, verified, corruption }.write(sink);
}

/// Prints the address of the first corrupted chunk, its fill pattern, and both digests.
fn corrupted_chunk<S: Sink, M: Memory>(
    sink: &mut S,
    segments: &Segments<'_>,
    entry: &SegmentEntry,
    corruption: &Corruption,
    memory: &M,
) {
    let region = entry.chunk(corruption.first);
    ChunkLine { index: corruption.first, region, fill: fill(memory, region) }.write(sink);
    let digest = entry.first_digest.wrapping_add(corruption.first);
    let expected = usize::try_from(digest).ok().and_then(|index| segments.digests().get(index));
    if let Some(expected) = expected {
        DigestLine { of: DigestOf::ExpectedChunk, digest: expected }.write(sink);
        DigestLine { of: DigestOf::ActualChunk, digest: &corruption.actual }.write(sink);
    }
}

#[cfg(all(test, feature = "native"))]
mod tests;

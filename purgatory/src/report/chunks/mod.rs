//! What the report says of an image with a digest a chunk: every segment, and where it is damaged.

use super::one_digest::fill;
use super::{headline, speed};
use crate::memory::Memory;
use crate::plan::{Attempt, Chunks, Segments};
use crate::verify::{Damage, Damages, Outcome};
use purgatory_abi::native::{SegmentEntry, SegmentKind};
use purgatory_abi::report::{
    self, ChunkLine, DigestLine, DigestOf, NonzeroLine, Part, SegmentLine, Sink, Write,
};

/// Prints how the verification ended: every segment and what is wrong with it, and the speed.
pub fn chunks<S: Sink, M: Memory>(
    sink: &mut S,
    attempt: &Attempt<Chunks<'_>>,
    outcome: &Outcome<Damages>,
    memory: &M,
    ticks: u64,
) {
    headline(outcome.status, outcome.defect, Part::Segment).write(sink);
    if let Ok(segments) = attempt.check.segments {
        for ((index, entry), damage) in segments.numbered().zip(&outcome.found.of_segment) {
            segment(sink, index, entry, damage);
            if damage.chunks != 0 {
                damaged_chunk(sink, &segments, entry, damage, memory);
            }
            if let Some(address) = damage.no_zero {
                NonzeroLine { address }.write(sink);
            }
        }
    }
    speed(outcome.bytes, ticks, Some(outcome.found.zeros)).write(sink);
}

fn segment<S: Sink>(sink: &mut S, index: u8, entry: &SegmentEntry, damage: &Damage) {
    let Some(kind) = SegmentKind::from_code(entry.kind) else { return };
    let region = entry.region().unwrap_or_default();
    let verified = entry.verified != 0;
    let damage = (damage.chunks != 0).then(|| report::Damage {
        damaged: damage.chunks,
        chunks: entry.chunks(),
        first: damage.first,
    });
    SegmentLine { index, region, kind, verified, damage }.write(sink);
}

/// Where the first damaged chunk is, what it looks like, and both digests.
fn damaged_chunk<S: Sink, M: Memory>(
    sink: &mut S,
    segments: &Segments<'_>,
    entry: &SegmentEntry,
    damage: &Damage,
    memory: &M,
) {
    let region = entry.chunk(damage.first);
    ChunkLine { index: damage.first, region, fill: fill(memory, region) }.write(sink);
    let digest = entry.first_digest.wrapping_add(damage.first);
    let expected = usize::try_from(digest).ok().and_then(|index| segments.digests().get(index));
    if let Some(expected) = expected {
        DigestLine { of: DigestOf::ExpectedChunk, digest: expected }.write(sink);
        DigestLine { of: DigestOf::ActualChunk, digest: &damage.actual }.write(sink);
    }
}

#[cfg(all(test, feature = "native"))]
mod tests;

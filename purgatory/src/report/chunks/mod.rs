//! What the report says of an image with a digest a chunk: every segment, and where it is damaged.

use super::one_digest::looks;
use super::text::{Arg, END, line, piece};
use crate::memory::Memory;
use crate::plan::segments::{chunk, region};
use crate::plan::{Chunks, Defect, Plan, Segments};
use crate::sink::Sink;
use crate::verify::{Damage, Damages, Outcome};
use purgatory_abi::native::{SegmentEntry, SegmentKind};
use purgatory_abi::verdict;

/// Prints how the verification ended: every segment and what is wrong with it, and the speed.
pub fn chunks<S: Sink, M: Memory>(
    sink: &mut S,
    plan: &Plan<'_, Chunks<'_>>,
    outcome: &Outcome<Damages>,
    memory: &M,
    ticks: u64,
) {
    let status = outcome.status.name().into();
    match outcome.defect {
        Some(Defect { slot: Some(slot), address, .. }) => {
            line(sink, "%s at %x in segment %d", &[status, address.into(), u64::from(slot).into()]);
        }
        Some(Defect { address, .. }) => line(sink, "%s at %x", &[status, address.into()]),
        None => line(sink, "%s", &[status]),
    }
    if let Ok(segments) = plan.check.segments {
        for ((slot, entry), damage) in segments.numbered().zip(&outcome.found.of_segment) {
            segment_line(sink, slot, entry, damage);
            if damage.chunks != 0 {
                damaged_chunk(sink, &segments, entry, damage, memory);
            }
            if let Some(address) = damage.no_zero {
                line(sink, "  not zero at %x", &[address.into()]);
            }
        }
    }
    let tenths = ticks.wrapping_mul(10).checked_div(outcome.bytes).unwrap_or(0);
    let numbers = [outcome.bytes, tenths / 10, tenths % 10, outcome.found.zeros].map(Arg::from);
    line(sink, "%d bytes, %d.%d TSC ticks a byte, and %d bytes of zeros", &numbers);
}

fn segment_line<S: Sink>(sink: &mut S, slot: u8, entry: &SegmentEntry, damage: &Damage) {
    let region = region(entry).unwrap_or_default();
    let end = region.start.wrapping_add(region.len).wrapping_sub(1);
    sink.put(verdict::LINE.as_bytes());
    let kind = SegmentKind::from_code(entry.kind).map_or("unknown", SegmentKind::name);
    piece(
        sink,
        "segment %2d  %x-%x  %12d bytes  %s",
        &[u64::from(slot).into(), region.start.into(), end.into(), region.len.into(), kind.into()],
    );
    if entry.verified == 0 {
        sink.put(b"  not verified");
    }
    if damage.chunks != 0 {
        let numbers = [damage.chunks, entry.chunks(), damage.first].map(Arg::from);
        piece(sink, "  damaged: %d of %d chunks, first %d", &numbers);
    }
    sink.put(END);
}

/// Where the first damaged chunk is, what it looks like, and both digests.
fn damaged_chunk<S: Sink, M: Memory>(
    sink: &mut S,
    segments: &Segments<'_>,
    entry: &SegmentEntry,
    damage: &Damage,
    memory: &M,
) {
    let chunk = chunk(entry, damage.first);
    let end = chunk.start.wrapping_add(chunk.len).wrapping_sub(1);
    sink.put(verdict::LINE.as_bytes());
    piece(sink, "  chunk %d  %x-%x", &[damage.first.into(), chunk.start.into(), end.into()]);
    sink.put(looks(memory, chunk).as_bytes());
    sink.put(END);
    let digest = entry.first_digest.wrapping_add(damage.first);
    let expected = usize::try_from(digest).ok().and_then(|index| segments.digests().get(index));
    line(sink, "  expected sha256 %h", &[expected.map_or(&[][..], |digest| digest).into()]);
    line(sink, "  actual   sha256 %h", &[damage.actual[..].into()]);
}

#[cfg(test)]
mod tests;

//! A digest a chunk: all of them in one pass, many at once, so that one bad byte hides no other.

use super::Outcome;
use crate::memory::{Memory, Unmapped};
use crate::plan::{Attempt, Chunks, Defect, Own, Segments};
use crate::zeros;
use core::cell::Cell;
use core::iter;
use purgatory_abi::DIGEST_BYTES;
use purgatory_abi::native::SEGMENTS;
use purgatory_abi::status::Status;
use purgatory_sha256::{Implementation, digest_many};

/// Zeros are asked for up to the next multiple of this: a page. What is asked for is touched once a page before it is given
/// out, and of sixteen pages that is slower by a third than looking at each at once (AMD Zen 3: 10 GB/s instead of 14).
const PIECE: u64 = 4096;

/// What has changed in one segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Corruption {
    /// How many chunks have another digest, or are not all there.
    pub chunks: u64,
    /// The first of them.
    pub first: u64,
    /// Its digest now: of the bytes that are there.
    pub actual: [u8; DIGEST_BYTES],
    /// The address of the first byte of the zeros that is none, or is not there.
    pub no_zero: Option<u64>,
}

impl Corruption {
    /// Whether nothing has.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.chunks == 0 && self.no_zero.is_none()
    }
}

/// The same for every segment, and how many bytes of zeros were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corruptions {
    /// A slot for each segment.
    pub of_segment: [Corruption; SEGMENTS],
    /// Bytes of zeros that were looked at.
    pub zeros: u64,
}

impl Default for Corruptions {
    // Derived, it would make one by one what is copied here: 1.4 KiB of code.
    fn default() -> Self {
        Self { of_segment: [Corruption::default(); SEGMENTS], zeros: 0 }
    }
}

/// Digests what the plan names and compares: the tables, and if those are sound the purgatory's code and every chunk.
pub fn chunks<M: Memory>(
    attempt: &Attempt<Chunks<'_>>,
    implementation: Implementation,
    memory: &M,
) -> Outcome<Corruptions> {
    let mut outcome = Outcome { status: Status::Verified, ..Outcome::default() };
    if let Err(defect) = all(attempt, implementation, memory, &mut outcome) {
        outcome.status = defect.status;
        outcome.defect = Some(defect);
    } else if !outcome.found.of_segment.iter().all(Corruption::is_none) {
        outcome.status = Status::Mismatch;
    }
    outcome
}

/// Goes through everything in its order. The defect that ends it, or the first that does not.
fn all<M: Memory>(
    attempt: &Attempt<Chunks<'_>>,
    implementation: Implementation,
    memory: &M,
    outcome: &mut Outcome<Corruptions>,
) -> Result<(), Defect> {
    for table in attempt.check.tables.iter().flatten() {
        if !table.is_sound(implementation) {
            return Err(corrupted(table));
        }
    }
    let segments = attempt.check.segments?;
    memory.run(attempt.target, 1).map_err(|unmapped| Defect {
        status: Status::EntryUnmapped,
        slot: None,
        address: unmapped.address,
    })?;
    if !code_and_payloads(&attempt.check.code, &segments, implementation, memory, outcome) {
        // What code says that is not the one that was loaded counts for nothing.
        *outcome = Outcome::default();
        return Err(corrupted(&attempt.check.code));
    }
    // Whatever has been found there: nothing hides what is wrong elsewhere.
    tails(&segments, memory, outcome);
    outcome.defect.map_or(Ok(()), Err)
}

/// One of the purgatory's own parts is not what the loader digested.
fn corrupted(part: &Own<'_>) -> Defect {
    Defect { status: part.corrupted, slot: None, address: part.address }
}

/// Digests the purgatory's code, and with it every chunk of every payload: alone it would keep all lanes but one idle. The
/// first chunk that is not mapped is the defect; all others are digested all the same. Whether the code is sound.
fn code_and_payloads<M: Memory>(
    code: &Own<'_>,
    segments: &Segments<'_>,
    implementation: Implementation,
    memory: &M,
    outcome: &mut Outcome<Corruptions>,
) -> bool {
    let unmapped = Cell::new(None);
    let bytes = Cell::new(0u64);
    let chunks = segments
        .numbered()
        .flat_map(|(slot, entry)| (0..entry.chunks()).map(move |index| (slot, entry.chunk(index))));
    let payloads = chunks.map(|(slot, chunk)| {
        let run = memory.run(chunk.start, chunk.len).unwrap_or_default();
        if (run.len() as u64) < chunk.len && unmapped.get().is_none() {
            unmapped.set(Some(Defect {
                status: Status::RegionUnmapped,
                slot: Some(slot),
                address: chunk.start.wrapping_add(run.len() as u64),
            }));
        }
        bytes.set(bytes.get().wrapping_add(run.len() as u64));
        run
    });
    let mut sound = false;
    digest_many(implementation, iter::once(code.bytes).chain(payloads), |index, digest| {
        let Some(index) = index.checked_sub(1) else {
            sound = digest == *code.expected;
            return;
        };
        if segments.digests().get(index) == Some(&digest) {
            return;
        }
        let Some((slot, chunk)) = segments.of_digest(index as u64) else { return };
        let Some(corruption) = outcome.found.of_segment.get_mut(usize::from(slot)) else { return };
        if corruption.chunks == 0 || chunk < corruption.first {
            corruption.first = chunk;
            corruption.actual = digest;
        }
        corruption.chunks = corruption.chunks.saturating_add(1);
    });
    outcome.bytes = bytes.get();
    outcome.defect = unmapped.get();
    sound
}

/// Looks at the zeros behind every payload. The first that is not mapped is the defect, if there is none yet; all others are
/// looked at all the same.
fn tails<M: Memory>(segments: &Segments<'_>, memory: &M, outcome: &mut Outcome<Corruptions>) {
    for (slot, entry) in segments.numbered().filter(|(_, entry)| entry.verified != 0) {
        let Some(corruption) = outcome.found.of_segment.get_mut(usize::from(slot)) else {
            continue;
        };
        let (mut at, mut left) = (entry.address.wrapping_add(entry.payload), entry.zeros);
        while left != 0 {
            let run = match memory.run(at, left.min(PIECE - at % PIECE)) {
                Ok(run) => run,
                Err(Unmapped { address }) => {
                    let status = Status::RegionUnmapped;
                    outcome.defect.get_or_insert(Defect { status, slot: Some(slot), address });
                    // The headline names but the first.
                    corruption.no_zero = Some(address);
                    break;
                }
            };
            outcome.found.zeros = outcome.found.zeros.wrapping_add(run.len() as u64);
            if let Some(index) = zeros::first_other(run) {
                corruption.no_zero = Some(at.wrapping_add(index as u64));
                break;
            }
            at = at.wrapping_add(run.len() as u64);
            left = left.saturating_sub(run.len() as u64);
        }
    }
}

#[cfg(test)]
mod tests;

//! Verification by a digest for each chunk, many chunks at once. It checks all of them, so one corrupted byte does not
//! hide another.

use super::Outcome;
use crate::key::{Key, difference};
use crate::memory::{Memory, Unmapped};
use crate::plan::{Attempt, Chunks, Defect, OwnPart, Segments};
use crate::zeros;
use core::cell::Cell;
use purgatory_abi::DIGEST_BYTES;
use purgatory_abi::native::SEGMENTS;
use purgatory_abi::status::Status;
use purgatory_sha256::{Implementation, digest_many};

/// Zero padding is read up to the next multiple of this number: a page. Each read first probes every page that it
/// covers. Reading sixteen pages at once is a third slower than checking each page right after its probe (AMD Zen 3: 10
/// GB/s instead of 14).
const READ_BYTES: u64 = 4096;

/// The corruption of one segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Corruption {
    /// The number of chunks whose digest does not match, or that are not fully mapped.
    pub chunks: u64,
    /// The first of these chunks.
    pub first: u64,
    /// Its actual digest, of its mapped bytes.
    pub actual: [u8; DIGEST_BYTES],
    /// The address of the first byte of the zero padding that is non-zero or unmapped.
    pub first_nonzero: Option<u64>,
}

impl Corruption {
    /// Whether the segment is intact.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.chunks == 0 && self.first_nonzero.is_none()
    }
}

/// The corruption of all segments, and the number of bytes checked for zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corruptions {
    /// One entry for each segment.
    pub of_segment: [Corruption; SEGMENTS],
    /// The number of bytes of zero padding that were checked.
    pub zeros: u64,
}

impl Default for Corruptions {
    // A derived implementation would build each entry separately: 1.4 KiB of code. This one copies them.
    fn default() -> Self {
        Self { of_segment: [Corruption::default(); SEGMENTS], zeros: 0 }
    }
}

/// Verifies the tables and the segment digest list, then every chunk, then the zero padding.
pub fn chunks<M: Memory>(
    attempt: &Attempt<Chunks<'_>>,
    implementation: Implementation,
    memory: &M,
) -> Outcome<Corruptions> {
    let mut outcome = Outcome { status: Status::Verified, ..Outcome::default() };
    if let Err(defect) = verify_in_order(attempt, implementation, memory, &mut outcome) {
        outcome.status = defect.status;
        outcome.defect = Some(defect);
    } else if !outcome.found.of_segment.iter().all(Corruption::is_none) {
        outcome.status = Status::Mismatch;
    }
    outcome
}

/// Verifies everything in order. Returns the defect that ends the verification. If there is none, returns the first
/// unmapped address as the defect.
fn verify_in_order<M: Memory>(
    attempt: &Attempt<Chunks<'_>>,
    implementation: Implementation,
    memory: &M,
    outcome: &mut Outcome<Corruptions>,
) -> Result<(), Defect> {
    for table in attempt.check.tables.iter().flatten() {
        if !table.is_intact(implementation) {
            return Err(corrupted(table));
        }
    }
    let segments = attempt.check.segments?;
    memory.run(attempt.target, 1).map_err(|unmapped| Defect {
        status: Status::EntryUnmapped,
        slot: None,
        address: unmapped.address,
    })?;
    payloads(attempt.check.code, &segments, implementation, memory, outcome);
    // Run even if chunks are corrupted: the report names all corruption.
    check_zero_padding(&segments, memory, outcome);
    outcome.defect.map_or(Ok(()), Err)
}

/// Returns the defect of a corrupted part of the purgatory.
fn corrupted(part: &OwnPart<'_>) -> Defect {
    Defect { status: part.corrupted, slot: None, address: part.address }
}

/// Digests every chunk of every payload. `differences` are those of the purgatory's own code, for the key.
///
/// The first unmapped chunk becomes the defect. All other chunks are still digested.
fn payloads<M: Memory>(
    mut differences: u64,
    segments: &Segments<'_>,
    implementation: Implementation,
    memory: &M,
    outcome: &mut Outcome<Corruptions>,
) {
    let unmapped = Cell::new(None);
    let bytes = Cell::new(0u64);
    let mut digests = 0u64;
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
    digest_many(implementation, payloads, |index, digest| {
        let expected = segments.digests().get(index);
        differences |= expected.map_or(u64::MAX, |expected| difference(&digest, expected));
        digests = digests.wrapping_add(1);
        if expected == Some(&digest) {
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
    differences |= digests ^ segments.digests().len() as u64;
    outcome.key = Key::of(differences);
    outcome.defect = unmapped.get();
}

/// Checks the zero padding of every verified segment. The first unmapped byte becomes the defect if there is none yet.
/// All other segments are still checked.
fn check_zero_padding<M: Memory>(
    segments: &Segments<'_>,
    memory: &M,
    outcome: &mut Outcome<Corruptions>,
) {
    for (slot, entry) in segments.numbered().filter(|(_, entry)| entry.verified != 0) {
        let Some(corruption) = outcome.found.of_segment.get_mut(usize::from(slot)) else {
            continue;
        };
        let (mut at, mut left) = (entry.address.wrapping_add(entry.payload), entry.zeros);
        while left != 0 {
            let run = match memory.run(at, left.min(READ_BYTES - at % READ_BYTES)) {
                Ok(run) => run,
                Err(Unmapped { address }) => {
                    let status = Status::RegionUnmapped;
                    outcome.defect.get_or_insert(Defect { status, slot: Some(slot), address });
                    // The headline names only the first defect.
                    corruption.first_nonzero = Some(address);
                    break;
                }
            };
            outcome.found.zeros = outcome.found.zeros.wrapping_add(run.len() as u64);
            if let Some(index) = zeros::first_nonzero(run) {
                corruption.first_nonzero = Some(at.wrapping_add(index as u64));
                break;
            }
            at = at.wrapping_add(run.len() as u64);
            left = left.saturating_sub(run.len() as u64);
        }
    }
}

#[cfg(test)]
mod tests;

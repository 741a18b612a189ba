//! How an image is verified: by one digest over all regions, or by a digest a chunk.

use crate::elfcorehdr;
use crate::memory::Memory;
use crate::plan::regions::used;
use crate::plan::{Attempt, Chunks, OneDigest};
use crate::report;
use crate::verify::{self, Corruptions, Outcome};
use crate::warnings::Warnings;
use purgatory_abi::DIGEST_BYTES;
use purgatory_abi::report::Sink;
use purgatory_sha256::{Implementation, Instructions, StreamImplementation};

/// A way to verify an image.
pub trait Way: Copy {
    /// The SHA-256 code that it works with.
    type Code: Copy;
    /// What it finds beside the status.
    type Found: Default;

    /// Returns the codes that these instructions allow, fastest first.
    fn codes(instructions: Instructions) -> impl Iterator<Item = Self::Code>;

    /// The name of the code, for the verdict.
    fn name(code: Self::Code) -> &'static str;

    /// Whether the code gives the known answers.
    fn known_answer(code: Self::Code) -> bool;

    /// How many pieces of memory there are to verify.
    fn regions(&self) -> u64;

    /// Verifies what the plan names.
    fn verify<M: Memory>(
        attempt: &Attempt<Self>,
        code: Self::Code,
        memory: &M,
    ) -> Outcome<Self::Found>;

    /// Notes what is wrong with the description of the running kernel's memory, which no digest covers.
    fn check_dump<M: Memory>(&self, _memory: &M, _warnings: &mut Warnings<'_>) {}

    /// Prints how it ended.
    fn report<S: Sink, M: Memory>(
        sink: &mut S,
        attempt: &Attempt<Self>,
        outcome: &Outcome<Self::Found>,
        memory: &M,
        ticks: u64,
    );
}

impl Way for OneDigest<'_> {
    type Code = StreamImplementation;
    /// The digest of what lies in memory; zeros where not all of it was digested.
    type Found = [u8; DIGEST_BYTES];

    fn codes(instructions: Instructions) -> impl Iterator<Item = StreamImplementation> {
        instructions
            .sha_ni
            .map(StreamImplementation::sha_ni)
            .into_iter()
            .chain([StreamImplementation::scalar()])
    }

    fn name(code: StreamImplementation) -> &'static str {
        code.name()
    }

    fn known_answer(code: StreamImplementation) -> bool {
        code.known_answer()
    }

    fn regions(&self) -> u64 {
        used(self.raw_regions).count() as u64
    }

    fn verify<M: Memory>(
        attempt: &Attempt<Self>,
        code: StreamImplementation,
        memory: &M,
    ) -> Outcome<Self::Found> {
        verify::one_digest(attempt, code, memory)
    }

    fn report<S: Sink, M: Memory>(
        sink: &mut S,
        attempt: &Attempt<Self>,
        outcome: &Outcome<Self::Found>,
        memory: &M,
        ticks: u64,
    ) {
        report::one_digest(sink, attempt, outcome, memory, ticks);
    }
}

impl Way for Chunks<'_> {
    type Code = Implementation;
    type Found = Corruptions;

    fn codes(instructions: Instructions) -> impl Iterator<Item = Implementation> {
        Implementation::ranked(instructions)
    }

    fn name(code: Implementation) -> &'static str {
        code.name()
    }

    fn known_answer(code: Implementation) -> bool {
        code.known_answer()
    }

    fn regions(&self) -> u64 {
        self.segments.map_or(0, |segments| {
            segments.numbered().filter(|(_, entry)| entry.verified != 0).count() as u64
        })
    }

    fn verify<M: Memory>(
        attempt: &Attempt<Self>,
        code: Implementation,
        memory: &M,
    ) -> Outcome<Corruptions> {
        verify::chunks(attempt, code, memory)
    }

    fn check_dump<M: Memory>(&self, memory: &M, warnings: &mut Warnings<'_>) {
        if let Ok(segments) = &self.segments {
            elfcorehdr::check(segments, memory, warnings);
        }
    }

    fn report<S: Sink, M: Memory>(
        sink: &mut S,
        attempt: &Attempt<Self>,
        outcome: &Outcome<Corruptions>,
        memory: &M,
        ticks: u64,
    ) {
        report::chunks(sink, attempt, outcome, memory, ticks);
    }
}

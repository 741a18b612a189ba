//! How an image is verified: by one digest over all regions, or by a digest a chunk.

use crate::memory::Memory;
use crate::plan::regions::used;
use crate::plan::{Chunks, OneDigest, Plan};
use crate::report;
use crate::verify::{self, Damages, Outcome};
use purgatory_abi::DIGEST_BYTES;
use purgatory_abi::report::Sink;
use purgatory_sha256::{Backend, Engine};

/// A way to verify an image.
pub trait Check: Copy {
    /// The SHA-256 code that it works with.
    type Code: Copy;
    /// What it finds beside the status.
    type Found: Default;

    /// The name of the code, for the verdict.
    fn name(code: Self::Code) -> &'static str;

    /// Whether the code gives the known answers.
    fn known_answer(code: Self::Code) -> bool;

    /// How many pieces of memory there are to verify.
    fn regions(&self) -> u64;

    /// Verifies what the plan names.
    fn verify<M: Memory>(
        plan: &Plan<'_, Self>,
        code: Self::Code,
        memory: &M,
    ) -> Outcome<Self::Found>;

    /// Prints how it ended.
    fn report<S: Sink, M: Memory>(
        sink: &mut S,
        plan: &Plan<'_, Self>,
        outcome: &Outcome<Self::Found>,
        memory: &M,
        ticks: u64,
    );
}

impl Check for OneDigest<'_> {
    type Code = Engine;
    /// The digest of what lies in memory; zeros where not all of it was digested.
    type Found = [u8; DIGEST_BYTES];

    fn name(code: Engine) -> &'static str {
        code.name()
    }

    fn known_answer(code: Engine) -> bool {
        code.known_answer()
    }

    fn regions(&self) -> u64 {
        used(self.raw_regions).count() as u64
    }

    fn verify<M: Memory>(plan: &Plan<'_, Self>, code: Engine, memory: &M) -> Outcome<Self::Found> {
        verify::one_digest(plan, code, memory)
    }

    fn report<S: Sink, M: Memory>(
        sink: &mut S,
        plan: &Plan<'_, Self>,
        outcome: &Outcome<Self::Found>,
        memory: &M,
        ticks: u64,
    ) {
        report::one_digest(sink, plan, outcome, memory, ticks);
    }
}

impl Check for Chunks<'_> {
    type Code = Backend;
    type Found = Damages;

    fn name(code: Backend) -> &'static str {
        code.name()
    }

    fn known_answer(code: Backend) -> bool {
        code.known_answer()
    }

    fn regions(&self) -> u64 {
        self.segments.map_or(0, |segments| {
            segments.numbered().filter(|(_, entry)| entry.verified != 0).count() as u64
        })
    }

    fn verify<M: Memory>(plan: &Plan<'_, Self>, code: Backend, memory: &M) -> Outcome<Damages> {
        verify::chunks(plan, code, memory)
    }

    fn report<S: Sink, M: Memory>(
        sink: &mut S,
        plan: &Plan<'_, Self>,
        outcome: &Outcome<Damages>,
        memory: &M,
        ticks: u64,
    ) {
        report::chunks(sink, plan, outcome, memory, ticks);
    }
}

//! What is verified, and how: one digest over all regions, as the drop-ins' loaders take it, or a digest a chunk.

use crate::door::native::Own;
use crate::memory::Memory;
use crate::plan::Plan;
use crate::region::{Defect, Regions, used};
use crate::report::{self, Sink};
use crate::segments::Segments;
use crate::verify::{self, Damages, Outcome};
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{DIGEST_BYTES, Region};
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

/// One digest over all regions, in the order of their slots.
#[derive(Clone, Copy)]
pub struct OneDigest<'m> {
    /// The region table as it was found, for the report.
    pub raw_regions: &'m [Region; REGION_SLOTS],
    /// The same table checked, or what is wrong with it or with the way to the image.
    pub regions: Result<Regions<'m>, Defect>,
    /// The digest that the loader took of all regions; `None` if it said that nothing is to be verified.
    pub expected: Option<&'m [u8; DIGEST_BYTES]>,
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

/// A digest for each chunk of each segment, and for what the purgatory itself is made of.
#[derive(Clone, Copy)]
pub struct Chunks<'m> {
    /// The header and the list, as far as they are there.
    pub tables: [Option<Own<'m>>; 2],
    /// The purgatory's code.
    pub code: Own<'m>,
    /// The list checked, or what is wrong with it or with the header.
    pub segments: Result<Segments<'m>, Defect>,
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

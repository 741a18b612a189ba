//! The two layouts of an image's digests: one digest over all regions, or one for each chunk.
//!
//! The drop-ins for Linux and kexec-tools use [`OneDigest`], the native purgatory uses [`Chunks`]. The trait
//! [`DigestScheme`] joins the steps that differ: implementations, verification and report.

use crate::elfcorehdr;
use crate::memory::Memory;
use crate::plan::regions::used;
use crate::plan::{Attempt, Chunks, Defect, OneDigest};
use crate::report;
use crate::verify::{self, Corruptions, Outcome};
use crate::warnings::Warnings;
use purgatory_abi::DIGEST_BYTES;
use purgatory_abi::report::Sink;
use purgatory_sha256::{Implementation, Instructions, StreamImplementation};

/// A layout of an image's digests, with its verification and its report.
pub trait DigestScheme: Copy {
    /// The type of its SHA-256 implementations.
    type Implementation: Copy;
    /// The findings of the verification, in addition to the status.
    type Findings: Default;

    /// Returns the implementations that these instructions allow, fastest first.
    fn implementations(instructions: Instructions) -> impl Iterator<Item = Self::Implementation>;

    /// Returns the implementation's name for the verdict.
    fn name(implementation: Self::Implementation) -> &'static str;

    /// Whether the implementation passes its known-answer test.
    fn known_answer(implementation: Self::Implementation) -> bool;

    /// Returns the defect of the loader's tables or of the purgatory's own code, if there is one.
    fn defect(&self) -> Option<Defect>;

    /// Returns the number of regions or segments to verify.
    fn regions(&self) -> u64;

    /// Verifies the memory that `attempt` names.
    fn verify<M: Memory>(
        attempt: &Attempt<Self>,
        implementation: Self::Implementation,
        memory: &M,
    ) -> Outcome<Self::Findings>;

    /// Adds warnings about elfcorehdr, which describes the crashed kernel's memory and is not verified.
    fn check_dump<M: Memory>(
        _attempt: &Attempt<Self>,
        _implementation: Option<Self::Implementation>,
        _memory: &M,
        _warnings: &mut Warnings<'_>,
    ) {
    }

    /// Prints the result of the verification.
    fn report<S: Sink, M: Memory>(
        sink: &mut S,
        attempt: &Attempt<Self>,
        outcome: &Outcome<Self::Findings>,
        memory: &M,
        ticks: u64,
    );
}

impl DigestScheme for OneDigest<'_> {
    type Implementation = StreamImplementation;
    /// The digest of the memory; zeros if not all of it was digested.
    type Findings = [u8; DIGEST_BYTES];

    fn implementations(instructions: Instructions) -> impl Iterator<Item = StreamImplementation> {
        instructions
            .sha_ni
            .map(StreamImplementation::sha_ni)
            .into_iter()
            .chain([StreamImplementation::scalar()])
    }

    fn name(implementation: StreamImplementation) -> &'static str {
        implementation.name()
    }

    fn known_answer(implementation: StreamImplementation) -> bool {
        implementation.known_answer()
    }

    fn defect(&self) -> Option<Defect> {
        self.regions.err()
    }

    fn regions(&self) -> u64 {
        used(self.raw_regions).count() as u64
    }

    fn verify<M: Memory>(
        attempt: &Attempt<Self>,
        implementation: StreamImplementation,
        memory: &M,
    ) -> Outcome<Self::Findings> {
        verify::one_digest(attempt, implementation, memory)
    }

    fn report<S: Sink, M: Memory>(
        sink: &mut S,
        attempt: &Attempt<Self>,
        outcome: &Outcome<Self::Findings>,
        memory: &M,
        ticks: u64,
    ) {
        report::one_digest(sink, attempt, outcome, memory, ticks);
    }
}

impl DigestScheme for Chunks<'_> {
    type Implementation = Implementation;
    type Findings = Corruptions;

    fn implementations(instructions: Instructions) -> impl Iterator<Item = Implementation> {
        Implementation::ranked(instructions)
    }

    fn name(implementation: Implementation) -> &'static str {
        implementation.name()
    }

    fn known_answer(implementation: Implementation) -> bool {
        implementation.known_answer()
    }

    fn defect(&self) -> Option<Defect> {
        // A defect of the list counts only if the list has its digest, which is compared later.
        let [_, list] = self.tables;
        if list.is_none() { self.segments.err() } else { None }
    }

    fn regions(&self) -> u64 {
        self.segments.map_or(0, |segments| {
            segments.numbered().filter(|(_, entry)| entry.verified != 0).count() as u64
        })
    }

    fn verify<M: Memory>(
        attempt: &Attempt<Self>,
        implementation: Implementation,
        memory: &M,
    ) -> Outcome<Corruptions> {
        verify::chunks(attempt, implementation, memory)
    }

    fn check_dump<M: Memory>(
        attempt: &Attempt<Self>,
        implementation: Option<Implementation>,
        memory: &M,
        warnings: &mut Warnings<'_>,
    ) {
        elfcorehdr::check(attempt, implementation, memory, warnings);
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

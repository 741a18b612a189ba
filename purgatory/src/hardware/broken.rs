//! A fake processor that computes wrong digests.

use crate::digest_scheme::DigestScheme;
use crate::memory::Memory;
use crate::plan::{Attempt, Defect, Plan};
use crate::verify::Outcome;
use purgatory_abi::report::Sink;
use purgatory_sha256::Instructions;

/// A digest scheme whose implementations all fail their known-answer test.
#[derive(Clone, Copy)]
pub(super) struct Broken<W>(W);

/// Returns the same plan, with implementations that fail their known-answer test.
pub(super) fn broken<W: DigestScheme>(plan: Plan<'_, W>) -> Plan<'_, Broken<W>> {
    let Plan { loader, attempts: [attempt], settings, warnings } = plan;
    let Attempt { entry, target, check, image } = attempt;
    let attempts = [Attempt { entry, target, check: Broken(check), image }];
    Plan { loader, attempts, settings, warnings }
}

impl<W: DigestScheme> DigestScheme for Broken<W> {
    type Implementation = W::Implementation;
    type Findings = W::Findings;

    fn implementations(instructions: Instructions) -> impl Iterator<Item = W::Implementation> {
        W::implementations(instructions)
    }

    fn name(implementation: W::Implementation) -> &'static str {
        W::name(implementation)
    }

    fn known_answer(_implementation: W::Implementation) -> bool {
        false
    }

    fn defect(&self) -> Option<Defect> {
        self.0.defect()
    }

    fn regions(&self) -> u64 {
        self.0.regions()
    }

    fn verify<M: Memory>(_: &Attempt<Self>, _: W::Implementation, _: &M) -> Outcome<W::Findings> {
        unreachable!("no implementation passed its known-answer test")
    }

    fn report<S: Sink, M: Memory>(
        sink: &mut S,
        attempt: &Attempt<Self>,
        outcome: &Outcome<W::Findings>,
        memory: &M,
        ticks: u64,
    ) {
        let Attempt { entry, target, check: Broken(check), image } = *attempt;
        W::report(sink, &Attempt { entry, target, check, image }, outcome, memory, ticks);
    }
}

//! A fake processor that computes wrong digests.

use crate::memory::Memory;
use crate::plan::{Attempt, Plan};
use crate::verify::Outcome;
use crate::way::Way;
use purgatory_abi::report::Sink;
use purgatory_sha256::Instructions;

/// A way to verify whose codes all give wrong answers.
#[derive(Clone, Copy)]
pub(super) struct Broken<W>(W);

/// The same plan, verified by codes that give wrong answers.
pub(super) fn broken<W: Way>(plan: Plan<'_, W>) -> Plan<'_, Broken<W>> {
    let Plan { loader, attempts: [attempt], settings, warnings } = plan;
    let Attempt { entry, target, check, image } = attempt;
    let attempts = [Attempt { entry, target, check: Broken(check), image }];
    Plan { loader, attempts, settings, warnings }
}

impl<W: Way> Way for Broken<W> {
    type Code = W::Code;
    type Found = W::Found;

    fn codes(instructions: Instructions) -> impl Iterator<Item = W::Code> {
        W::codes(instructions)
    }

    fn name(code: W::Code) -> &'static str {
        W::name(code)
    }

    fn known_answer(_code: W::Code) -> bool {
        false
    }

    fn regions(&self) -> u64 {
        self.0.regions()
    }

    fn verify<M: Memory>(_: &Attempt<Self>, _: W::Code, _: &M) -> Outcome<W::Found> {
        unreachable!("nothing verifies with a code that gives wrong answers")
    }

    fn report<S: Sink, M: Memory>(
        sink: &mut S,
        attempt: &Attempt<Self>,
        outcome: &Outcome<W::Found>,
        memory: &M,
        ticks: u64,
    ) {
        let Attempt { entry, target, check: Broken(check), image } = *attempt;
        W::report(sink, &Attempt { entry, target, check, image }, outcome, memory, ticks);
    }
}

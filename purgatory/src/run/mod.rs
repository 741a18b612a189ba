//! A complete run: from a plan to what the machine does at the end.

use crate::fault::Faults;
use crate::hardware::{End, Machine};
use crate::implementation;
use crate::outputs::Outputs;
use crate::plan::Plan;
use crate::policy::{Decision, decide};
use crate::report::{self, Verdict};
use crate::verify::Outcome;
use crate::warnings::Warnings;
use crate::way::Way;
use purgatory_abi::status::Warning;

/// Verifies the image of `plan`, reports, and decides.
///
/// `prepare` does the loader's tasks between verification and hand-off, and notes the ones that failed. It runs only if the
/// image will be started.
pub fn run<'p, M: Machine, W: Way>(
    machine: &M,
    faults: &Faults<'p>,
    plan: &'p mut Plan<'_, W>,
    prepare: impl FnOnce(&mut Warnings<'_>),
) -> End<'p> {
    let Plan { loader, attempts: [attempt], settings, warnings } = plan;
    faults.plan_is(loader, settings);
    let choice = implementation::choose::<W>(W::codes(machine.bring_up()), W::known_answer);
    if let Some(broken) = choice.broken {
        warnings.about(Warning::ImplementationBroken, broken.as_bytes());
    }
    let began = machine.ticks();
    let outcome = match choice.code {
        Some(code) => W::verify(attempt, code, machine.memory()),
        None => Outcome::default(),
    };
    let ticks = machine.ticks().wrapping_sub(began);
    machine.give_back();

    let decision = decide(outcome.status, settings.on_failure);
    if let Decision::Boot | Decision::Continue = decision {
        W::check_dump(&attempt.check, machine.memory(), warnings);
        prepare(warnings);
    }
    let detailed = decision != Decision::Boot || settings.verbose;
    if detailed || !warnings.is_empty() {
        let mut outputs = Outputs::open(machine, &settings.consoles);
        report::warnings(&mut outputs, warnings);
        if detailed {
            W::report(&mut outputs, attempt, &outcome, machine.memory(), ticks);
        }
        report::verdict(
            &mut outputs,
            &Verdict {
                loader: Some(loader),
                status: outcome.status,
                implementation: choice.code.map(W::name),
                regions: attempt.check.regions(),
                bytes: outcome.bytes,
                nmis: machine.nmis(),
                action: decision.action(),
            },
        );
    }
    match decision {
        Decision::Boot | Decision::Continue => {
            faults.hand_off_begins();
            End::HandOff(&attempt.entry)
        }
        Decision::Halt => End::Halt,
        Decision::Reset(seconds) => End::Reset(seconds),
    }
}

#[cfg(test)]
mod tests;

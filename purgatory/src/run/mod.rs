//! A complete run: from a plan to its last action.

use crate::digest_scheme::DigestScheme;
use crate::fault::Faults;
use crate::hardware::{End, Machine};
use crate::implementation::{self, Choice};
use crate::open_consoles::OpenConsoles;
use crate::plan::Plan;
use crate::policy::{Decision, decide};
use crate::report::{self, Verdict};
use crate::verify::Outcome;
use crate::warnings::Warnings;
use purgatory_abi::status::Warning;

/// Verifies the image of `plan`, prints the report, and returns the last action of the run.
///
/// `prepare` performs the loader's tasks between verification and hand-off, and adds a warning for each one that fails.
/// It runs only if the image will be started.
pub fn run<'p, M: Machine, W: DigestScheme>(
    machine: &M,
    faults: &Faults<'p>,
    plan: &'p mut Plan<'_, W>,
    prepare: impl FnOnce(&mut Warnings<'_>),
) -> End<'p> {
    let Plan { loader, attempts: [attempt], settings, warnings } = plan;
    faults.plan_is(loader, settings);
    // With a defect nothing is digested: corrupted code executes as little as possible.
    let defect = attempt.check.defect();
    let choice = match defect {
        Some(_) => Choice::NONE,
        None => implementation::choose::<W>(
            W::implementations(machine.enable_instructions()),
            W::known_answer,
        ),
    };
    if let Some(broken) = choice.broken {
        warnings.about(Warning::ImplementationBroken, broken.as_bytes());
    }
    let began = machine.ticks();
    let outcome = match (choice.implementation, defect) {
        (Some(implementation), _) => W::verify(attempt, implementation, machine.memory()),
        (None, Some(defect)) => Outcome::of(defect),
        (None, None) => Outcome::default(),
    };
    let ticks = machine.ticks().wrapping_sub(began);
    machine.restore_registers();

    let decision = decide(outcome.status, settings.on_failure);
    if let Decision::Boot | Decision::Continue = decision {
        W::check_dump(attempt, choice.implementation, machine.memory(), warnings);
        prepare(warnings);
    }
    let detailed = decision != Decision::Boot || settings.verbose;
    if detailed || !warnings.is_empty() {
        let mut consoles = OpenConsoles::open(machine, &settings.consoles);
        report::warnings(&mut consoles, warnings);
        if detailed {
            W::report(&mut consoles, attempt, &outcome, machine.memory(), ticks);
        }
        report::verdict(
            &mut consoles,
            &Verdict {
                loader: Some(loader),
                status: outcome.status,
                implementation: choice.implementation.map(W::name),
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
            let unverified = decision == Decision::Continue;
            End::HandOff(&attempt.entry, if unverified { settings.unverified } else { outcome.key })
        }
        Decision::Halt => End::Halt,
        Decision::Reset(seconds) => End::Reset(seconds),
    }
}

#[cfg(test)]
mod tests;

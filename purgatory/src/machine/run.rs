//! The way from a front door's plan to the hand-off, and the way from a fault to the policy.

use super::consoles::Opened;
use super::hand_off::{self, hand_off};
use super::io::Io;
use super::own::own;
use super::physical::Physical;
use super::single::Single;
use super::verify::Verify;
use super::{descriptors, exceptions, processor};
use crate::check::Check;
use crate::config::Settings;
use crate::engine;
use crate::plan::Plan;
use crate::policy::{Decision, decide, reset, wait};
use crate::report::{self, Verdict};
use crate::verify::Outcome;
use crate::warnings::Warnings;
use core::mem::MaybeUninit;
use purgatory_abi::Region;
use purgatory_abi::status::{Status, Warning};

/// What the fault path needs of the plan, once that is made.
static PLANNED: Single<Option<(&'static str, &'static Settings)>> = Single::new(None);

/// How often the fault path was entered.
static FAULTS: Single<u32> = Single::new(0);

/// Where a plan is kept: not on the stack, which the fault path runs over, and all zeros, so that it costs no byte of the
/// blob.
pub type Kept<C> = Single<MaybeUninit<Plan<'static, C>>>;

/// What differs between the programs of different loaders.
pub trait Loader {
    /// How its images are verified.
    type Check: Verify;

    /// Where its plan is kept.
    fn kept() -> &'static Kept<Self::Check>;

    /// Makes a plan of what the loader left, by its front door.
    fn plan(&mut self, own: Region, memory: &'static Physical) -> Plan<'static, Self::Check>;

    /// Does what the loader leaves to its purgatory between verification and hand-off. What cannot be done is noted.
    fn prepare(&mut self, _warnings: &mut Warnings<'static>) {}
}

/// Does all that a purgatory does.
pub fn run<L: Loader>(mut loader: L) -> ! {
    descriptors::load();
    exceptions::load();
    processor::let_machine_checks_in();
    // SAFETY: this function runs once, and nothing else refers to the static.
    let plan = &*unsafe { &mut *L::kept().get() }.write(loader.plan(own(), &Physical));
    PLANNED.write(Some((plan.door, &plan.settings)));

    let engines = L::Check::bring_up();
    let choice = engine::choose::<L::Check>(engines, L::Check::known_answer);
    let mut warnings = plan.warnings;
    if let Some(broken) = choice.broken {
        warnings.about(Warning::EngineBroken, broken.as_bytes());
    }
    let began = processor::ticks();
    let outcome = match choice.code {
        Some(code) => L::Check::verify(plan, code, &Physical),
        None => Outcome::default(),
    };
    let ticks = processor::ticks().wrapping_sub(began);
    L::Check::give_back();

    let decision = decide(outcome.status, plan.settings.on_failure);
    if let Decision::Boot | Decision::Continue = decision {
        loader.prepare(&mut warnings);
    }
    let quiet = decision == Decision::Boot && !plan.settings.verbose;
    if !quiet || !warnings.is_empty() {
        let mut consoles = Opened::open(&plan.settings.consoles);
        report::warnings(&mut consoles, &warnings);
        if !quiet {
            L::Check::report(&mut consoles, plan, &outcome, &Physical, ticks);
        }
        report::verdict(
            &mut consoles,
            &Verdict {
                door: Some(plan.door),
                status: outcome.status,
                engine: choice.code.map(L::Check::name),
                regions: plan.check.regions(),
                bytes: outcome.bytes,
                nmis: exceptions::nmis(),
                action: decision.action(),
            },
        );
    }
    match decision {
        Decision::Boot | Decision::Continue => hand_off(&plan.entry),
        Decision::Halt => processor::halt(),
        Decision::Reset(seconds) => reset_after(seconds),
    }
}

/// Where an exception that nothing expected leads, on the main stack.
pub(super) extern "sysv64" fn purgatory_fault() -> ! {
    fail(Status::Fault)
}

/// Where a panic of our own code leads.
pub fn internal_fault() -> ! {
    fail(Status::Internal)
}

/// Reports what can be reported, then does what the policy says.
///
/// A fault in here comes back here: the second time nothing is reported, the third time nothing is done but to halt.
fn fail(status: Status) -> ! {
    let before = FAULTS.read();
    FAULTS.write(before.saturating_add(1));
    let (door, settings) = match PLANNED.read() {
        Some((door, settings)) => (Some(door), settings),
        None => (None, &Settings::DEFAULT),
    };
    let decision = match decide(status, settings.on_failure) {
        // The next kernel's fault, before it has an IDT of its own. Without ours the machine would have been reset, and
        // with it nobody must be worse off.
        Decision::Halt if hand_off::begun() => Decision::Reset(0),
        decision => decision,
    };
    if before == 0 {
        let mut consoles = Opened::open(&settings.consoles);
        if let Some(fault) = exceptions::last_fault() {
            report::fault(&mut consoles, fault, exceptions::page_fault_address(), own());
        }
        let nmis = exceptions::nmis();
        let action = decision.action();
        report::verdict(
            &mut consoles,
            &Verdict { door, status, engine: None, regions: 0, bytes: 0, nmis, action },
        );
    }
    match decision {
        Decision::Reset(seconds) if before < 2 => reset_after(seconds),
        _ => processor::halt(),
    }
}

/// Resets the machine.
fn reset_after(seconds: u32) -> ! {
    wait::seconds(seconds, &mut Io, processor::ticks);
    reset::by_ports(&mut Io, |ports| wait::seconds(1, ports, processor::ticks));
    exceptions::triple_fault()
}

//! The way from a front door's plan to the hand-off, and the way from a fault to the policy.

use super::consoles::Opened;
use super::entry::address_of;
use super::hand_off::hand_off;
use super::io::Io;
use super::physical::Physical;
use super::single::Single;
use super::{descriptors, exceptions, processor};
use crate::config::Settings;
use crate::plan::Plan;
use crate::policy::{Decision, decide, reset, wait};
use crate::report::{self, Speed, Verdict};
use crate::verify::{Outcome, verify};
use crate::{engine, region};
use purgatory_abi::linux::Region;
use purgatory_abi::status::{Status, Warning};
use purgatory_sha256::Engine;

unsafe extern "C" {
    /// The first and the last byte of the purgatory in memory (linker script).
    safe static image_start: u8;
    safe static image_end: u8;
}

/// What the fault path needs to know. Written once, before anything is verified.
#[derive(Clone, Copy)]
struct Known {
    door: &'static str,
    settings: Settings,
}

static KNOWN: Single<Option<Known>> = Single::new(None);

/// How often the fault path was entered.
static FAULTS: Single<u32> = Single::new(0);

/// The memory of the purgatory itself.
fn own() -> Region {
    let start = address_of!(image_start);
    Region { start, len: address_of!(image_end).wrapping_sub(start) }
}

/// Does all that a purgatory does, once `door` has made a plan.
pub fn run(door: impl FnOnce(Region, &'static Physical) -> Plan<'static>) -> ! {
    descriptors::load();
    exceptions::load();
    processor::let_machine_checks_in();
    processor::clear_upper_halves();
    static MEMORY: Single<Option<Physical>> = Single::new(None);
    // SAFETY: this function does not return, so it runs once; nothing else refers to the static.
    let memory: &'static Physical = unsafe { &mut *MEMORY.get() }.insert(Physical::new());
    let mut plan = door(own(), memory);
    KNOWN.write(Some(Known { door: plan.door, settings: plan.settings }));

    let choice = engine::choose(processor::engines(), Engine::known_answer);
    if let Some(broken) = choice.broken {
        plan.warnings.add(Warning::EngineBroken, None, broken.as_bytes());
    }
    let began = processor::ticks();
    let outcome = match choice.engine {
        Some(engine) => verify(&plan, engine, memory),
        None => Outcome::without(Status::EnginesBroken),
    };
    let ended = processor::ticks();
    let speed = began.zip(ended).map(|(began, ended)| Speed { ticks: ended.wrapping_sub(began) });

    let decision = decide(outcome.status, plan.settings.on_failure);
    let quiet = decision == Decision::Boot && !plan.settings.verbose;
    if !quiet || plan.warnings.iter().next().is_some() {
        let mut consoles = Opened::open(&plan.settings.consoles);
        report::warnings(&mut consoles, &plan.warnings);
        if !quiet {
            report::outcome(&mut consoles, &plan, &outcome, memory, speed);
        }
        report::verdict(
            &mut consoles,
            &Verdict {
                door: plan.door,
                status: outcome.status,
                engine: choice.engine.map(Engine::name),
                regions: region::used(plan.raw_regions).count() as u64,
                bytes: outcome.bytes,
                nmis: exceptions::nmis(),
                action: decision.action(),
            },
        );
    }
    match decision {
        Decision::Boot | Decision::Continue => hand_off(plan.entry),
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
/// A fault in here comes back here: the second time nothing is reported, the third time nothing is done.
fn fail(status: Status) -> ! {
    let before = FAULTS.read();
    FAULTS.write(before.saturating_add(1));
    let known = KNOWN.read().unwrap_or_else(|| Known { door: "none", settings: Settings::default() });
    let decision = decide(status, known.settings.on_failure);
    if before == 0 {
        let mut consoles = Opened::open(&known.settings.consoles);
        if let Some(fault) = exceptions::last_fault() {
            {
                report::fault(&mut consoles, &fault, exceptions::page_fault_address(), own());
            }
        }
        let nmis = exceptions::nmis();
        let action = decision.action();
        report::verdict(&mut consoles, &Verdict { door: known.door, status, engine: None, regions: 0, bytes: 0, nmis, action });
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

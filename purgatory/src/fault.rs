//! The fault path: reports an unexpected exception or a panic, and returns the last action of the run.

use crate::config::Settings;
use crate::hardware::{End, Machine};
use crate::open_consoles::OpenConsoles;
use crate::policy::{Decision, decide};
use crate::report::{self, Fault, Verdict};
use core::cell::{Cell, OnceCell};
use core::sync::atomic::{Ordering, compiler_fence};
use purgatory_abi::status::Status;

/// The state of the fault path. It is all zeros at first, so it needs no bytes in the blob's file.
#[derive(Default)]
pub struct Faults<'p> {
    /// The number of times that the fault path was entered.
    entered: Cell<u32>,
    /// Whether the hand-off has begun: a later fault is the target kernel's.
    handed_off: Cell<bool>,
    /// The loader and the settings of the plan, as soon as there is a plan.
    planned: Cell<Option<(&'static str, &'p Settings)>>,
    /// The first unexpected exception, the only one that is reported.
    first: OnceCell<Fault>,
}

impl<'p> Faults<'p> {
    /// Returns the state before any fault.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entered: Cell::new(0),
            handed_off: Cell::new(false),
            planned: Cell::new(None),
            first: OnceCell::new(),
        }
    }

    /// Records an unexpected exception; later ones are ignored.
    pub fn exception(&self, fault: Fault) {
        let _ = self.first.set(fault);
        compiler_fence(Ordering::SeqCst);
    }

    /// Records the loader and the settings of the plan.
    pub(crate) fn plan_is(&self, loader: &'static str, settings: &'p Settings) {
        set(&self.planned, Some((loader, settings)));
    }

    /// Records that the target kernel is entered next.
    pub(crate) fn hand_off_begins(&self) {
        set(&self.handed_off, true);
    }
}

/// Sets a value that an exception handler reads. The handler may run after any later instruction.
fn set<T>(cell: &Cell<T>, value: T) {
    cell.set(value);
    compiler_fence(Ordering::SeqCst);
}

/// Reports a fault, and returns the last action of the run.
///
/// A fault in this function leads back to it. Only the first fault is reported. The third one ends the attempts to reset
/// the machine in an orderly way.
pub fn fail<M: Machine>(machine: &M, faults: &Faults<'_>, status: Status) -> End<'static> {
    let before = faults.entered.get();
    set(&faults.entered, before.saturating_add(1));
    let (loader, settings) = match faults.planned.get() {
        Some((loader, settings)) => (Some(loader), settings),
        None => (None, &Settings::DEFAULT),
    };
    let decision = match decide(status, settings.on_failure) {
        // A fault of the target kernel before it loads its own IDT resets the machine, as it would without our IDT.
        Decision::Halt if faults.handed_off.get() => Decision::Reset(0),
        decision => decision,
    };
    if before == 0 {
        let mut consoles = OpenConsoles::open(machine, &settings.consoles);
        if let Some(fault) = faults.first.get() {
            report::fault(&mut consoles, fault, machine.page_fault_address(), machine.own());
        }
        let nmis = machine.nmis();
        let action = decision.action();
        report::verdict(
            &mut consoles,
            &Verdict { loader, status, implementation: None, regions: 0, bytes: 0, nmis, action },
        );
    }
    match decision {
        Decision::Reset(seconds) if before < 2 => End::Reset(seconds),
        Decision::Reset(_) => End::TripleFault,
        _ => End::Halt,
    }
}

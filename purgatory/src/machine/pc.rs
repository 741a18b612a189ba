//! The machine that the purgatory runs on: a PC.

use super::exceptions::{self, faults};
use super::io::Io;
use super::own::own;
use super::physical::Physical;
#[cfg(feature = "kexec-tools")]
use super::screen;
use super::single::Single;
#[cfg(feature = "native")]
use super::vectors;
use super::{descriptors, hand_off, probe, processor};
use crate::fault::{Faults, fail};
use crate::hardware::{End, Machine};
use crate::plan::Plan;
use crate::policy::{reset, wait};
use core::mem::MaybeUninit;
use purgatory_abi::Region;
use purgatory_abi::status::Status;
use purgatory_sha256::Instructions;

/// The real machine.
pub struct Pc;

impl Machine for Pc {
    type Memory = Physical;
    type Ports = Io;
    #[cfg(feature = "kexec-tools")]
    type Cells = screen::Memory;

    fn memory(&self) -> &Physical {
        &Physical
    }

    fn own(&self) -> Region {
        own()
    }

    fn ports(&self) -> Io {
        Io
    }

    #[cfg(feature = "kexec-tools")]
    fn screen(&self) -> Option<screen::Memory> {
        screen::open()
    }

    fn ticks(&self) -> u64 {
        probe::ticks()
    }

    fn nmis(&self) -> u64 {
        exceptions::nmis()
    }

    fn page_fault_address(&self) -> u64 {
        exceptions::page_fault_address()
    }

    #[cfg(feature = "native")]
    fn enable_instructions(&self) -> Instructions {
        vectors::enable_instructions()
    }

    #[cfg(not(feature = "native"))]
    fn enable_instructions(&self) -> Instructions {
        processor::enable_instructions()
    }

    fn restore_registers(&self) {
        #[cfg(feature = "native")]
        vectors::restore_registers();
    }
}

/// The memory of a plan. It is not on the stack, which the fault path overwrites. It is all zeros at first, so it needs
/// no bytes in the blob's file.
pub type Kept<W> = Single<MaybeUninit<Plan<'static, W>>>;

/// The right to run a purgatory, and to use the memory of the plan, once.
pub struct Slot<W: 'static>(&'static Kept<W>);

impl<W> Slot<W> {
    /// Returns the slot.
    ///
    /// # Safety
    ///
    /// Called once, on our own stack with SSE enabled, in the state at entry. Nothing else uses `kept`. The run that
    /// gets the slot ends with [`End::HandOff`] only with the registers of the loaded image.
    pub const unsafe fn new(kept: &'static Kept<W>) -> Self {
        Self(kept)
    }

    /// Stores the plan.
    pub fn keep(self, plan: Plan<'static, W>) -> &'static mut Plan<'static, W> {
        // SAFETY: there is one slot, and this uses it up. By the promise of its maker, nothing else uses the static.
        unsafe { &mut *self.0.get() }.write(plan)
    }
}

/// Runs a purgatory. `run` executes all steps from the tables of a loader to the end.
pub fn start<W>(
    slot: Slot<W>,
    run: impl FnOnce(&'static Pc, &'static Faults<'static>, Slot<W>) -> End<'static>,
) -> ! {
    descriptors::load();
    exceptions::load();
    processor::let_machine_checks_in();
    let end = run(&Pc, faults(), slot);
    // SAFETY: the promise of the maker of the slot.
    unsafe { carry_out(&end) }
}

/// The handler of an unexpected exception, on the main stack.
#[unsafe(no_mangle)]
extern "sysv64" fn purgatory_fault() -> ! {
    fault_path(Status::Fault)
}

/// The handler of a panic of our own code.
pub fn internal_fault() -> ! {
    fault_path(Status::Internal)
}

#[inline(never)]
fn fault_path(status: Status) -> ! {
    // SAFETY: the fault path ends with a halt or a reset.
    unsafe { carry_out(&fail(&Pc, faults(), status)) }
}

/// Carries out the end of a run or of the fault path.
///
/// # Safety
///
/// The registers of [`End::HandOff`] are those of the loaded image.
unsafe fn carry_out(end: &End<'_>) -> ! {
    match end {
        // SAFETY: the caller's promise.
        End::HandOff(registers, key) => unsafe { hand_off::hand_off(registers, *key) },
        End::Halt => processor::halt(),
        End::Reset(seconds) => {
            wait::seconds(*seconds, &mut Io, probe::ticks);
            reset::by_ports(&mut Io, |ports| wait::seconds(1, ports, probe::ticks));
            exceptions::triple_fault()
        }
        End::TripleFault => exceptions::triple_fault(),
    }
}

/// Defines the program of a loader whose images have the given [digest scheme](crate::digest_scheme::DigestScheme): the
/// first Rust function, which calls the given closure on our own stack with SSE enabled, and the panic handler.
///
/// The closure gets the machine, the state of the fault path, the memory of the plan, and rdx and rsp at entry, and
/// returns the end of the run.
#[macro_export]
macro_rules! entry {
    ($way:ty, |$machine:ident, $faults:ident, $slot:ident, $rdx:ident, $rsp:ident| $run:expr) => {
        static PLAN: $crate::machine::Kept<$way> =
            $crate::machine::Kept::new(core::mem::MaybeUninit::zeroed());

        /// # Safety
        ///
        /// Never called from Rust: `purgatory_start` calls it once.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn purgatory_main($rdx: u64, $rsp: u64) -> ! {
            // SAFETY: `purgatory_start` has prepared the stack and SSE, only this line uses the static, and the plan has
            // the entry of the loaded image.
            let slot = unsafe { $crate::machine::Slot::new(&PLAN) };
            $crate::machine::start(slot, |$machine, $faults, $slot| $run)
        }

        /// A panic is a fault in our own logic. Its message is not formatted: the blob has no room for that.
        #[panic_handler]
        fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
            $crate::machine::internal_fault()
        }
    };
}

//! What the processor can do, found by trying it out, and what it must be brought to.

use super::probe;
#[cfg(not(feature = "native"))]
use purgatory_sha256::Instructions;
use purgatory_sha256::ShaNi;
use x86_64::registers::control::{Cr4, Cr4Flags};
#[cfg(not(feature = "native"))]
use x86_64::registers::xcontrol::XCr0Flags;

/// Lets machine checks in, now that they have a gate: poisoned memory is then a report and not a silent shutdown.
pub(super) fn let_machine_checks_in() {
    // SAFETY: the IDT has a gate for machine checks, and no other bit is changed.
    unsafe { Cr4::write_raw(Cr4::read_raw() | Cr4Flags::MACHINE_CHECK_EXCEPTION.bits()) };
}

/// Clears the upper halves of the vector registers, where they can be in use at all.
///
/// The task that panicked leaves them as they were, and every SSE instruction then has to merge with them: it runs 18 to
/// 60 % slower. Only where there are SHA extensions: the scalar implementation keeps out of these registers, every processor with
/// SHA extensions knows OSXSAVE, and on one that does not, QEMU (7.2 to 10.0, `helper_write_crN`) hangs instead of
/// raising #GP.
#[cfg(not(feature = "native"))]
#[inline(never)]
fn clear_upper_halves() {
    let usual = Cr4::read_raw();
    // SAFETY: the bit only makes XGETBV and AVX known to the processor.
    if unsafe { probe::write_cr4(usual | Cr4Flags::OSXSAVE.bits()) }.is_none() {
        return;
    }
    let needed = (XCr0Flags::SSE | XCr0Flags::AVX).bits();
    if probe::xcr0().is_some_and(|enabled| enabled & needed == needed) {
        probe::clear_upper_halves();
    }
    // SAFETY: the value that was in force before.
    let _ = unsafe { probe::write_cr4(usual) };
}

/// Finds the SHA extensions, and makes them fast.
#[cfg(not(feature = "native"))]
pub(super) fn enable_instructions() -> Instructions {
    let sha_ni = sha_ni();
    if sha_ni.is_some() {
        clear_upper_halves();
    }
    Instructions { sha_ni, ..Instructions::default() }
}

/// The SHA extensions, if they are there.
pub(super) fn sha_ni() -> Option<ShaNi> {
    if !probe::sha_ni() {
        return None;
    }
    // SAFETY: the instructions have just been executed, in the state in which they will run.
    Some(unsafe { ShaNi::promised() })
}

/// Stops for good.
pub(super) fn halt() -> ! {
    loop {
        // An NMI ends it, too.
        probe::halt();
        core::hint::spin_loop();
    }
}

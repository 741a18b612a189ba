//! The instructions of the processor, found by probes, and the state that they need.

use super::probe;
#[cfg(not(feature = "native"))]
use purgatory_sha256::Instructions;
use purgatory_sha256::ShaNi;
use x86_64::registers::control::{Cr4, Cr4Flags};
#[cfg(not(feature = "native"))]
use x86_64::registers::xcontrol::XCr0Flags;

/// Enables machine checks, which now have a gate: poisoned memory then causes a report and not a shutdown without text.
pub(super) fn let_machine_checks_in() {
    // SAFETY: the IDT has a gate for machine checks, and no other bit is changed.
    unsafe { Cr4::write_raw(Cr4::read_raw() | Cr4Flags::MACHINE_CHECK_EXCEPTION.bits()) };
}

/// Clears the upper halves of the vector registers, if they can be in use.
///
/// The task that panicked leaves them as they were. Every SSE instruction then has to merge with them, which makes it
/// 18 to 60 % slower.
///
/// Called only on processors with the SHA extensions, for two reasons. The scalar implementation does not use these
/// registers. And every processor with the SHA extensions has OSXSAVE; on one without it, QEMU (7.2 to 10.0,
/// `helper_write_crN`) hangs instead of raising #GP.
#[cfg(not(feature = "native"))]
#[inline(never)]
fn clear_upper_halves() {
    let cr4 = Cr4::read_raw();
    // SAFETY: the bit only enables XGETBV and AVX.
    if unsafe { probe::write_cr4(cr4 | Cr4Flags::OSXSAVE.bits()) }.is_none() {
        return;
    }
    let needed = (XCr0Flags::SSE | XCr0Flags::AVX).bits();
    if probe::xcr0().is_some_and(|enabled| enabled & needed == needed) {
        probe::clear_upper_halves();
    }
    // SAFETY: the value that was in force before.
    let _ = unsafe { probe::write_cr4(cr4) };
}

/// Detects the SHA extensions, and makes them fast.
#[cfg(not(feature = "native"))]
pub(super) fn enable_instructions() -> Instructions {
    let sha_ni = sha_ni();
    if sha_ni.is_some() {
        clear_upper_halves();
    }
    Instructions { sha_ni, ..Instructions::default() }
}

/// Returns the proof that the SHA extensions run here, if they do.
#[must_use]
pub fn sha_ni() -> Option<ShaNi> {
    if !probe::sha_ni() {
        return None;
    }
    // SAFETY: the probe has just executed the instructions, in the state in which they will run.
    Some(unsafe { ShaNi::new_unchecked() })
}

/// Halts for good.
pub(super) fn halt() -> ! {
    loop {
        // An NMI ends the halt.
        probe::halt();
        core::hint::spin_loop();
    }
}

//! The wide vector registers: detects them by probes, enables them, and restores the state afterwards.

use super::probe;
use super::processor;
use super::single::Single;
use purgatory_sha256::{Avx2, Avx512, Instructions, Ssse3};
use x86_64::registers::control::{Cr4, Cr4Flags};
use x86_64::registers::xcontrol::XCr0Flags;

/// The bits of XCR0 for AVX and AVX2: Intel SDM volume 1, section 13.3.
const AVX: u64 = XCr0Flags::X87.bits() | XCr0Flags::SSE.bits() | XCr0Flags::AVX.bits();

/// The additional bits of XCR0 for AVX-512.
const AVX512: u64 =
    XCr0Flags::OPMASK.bits() | XCr0Flags::ZMM_HI256.bits() | XCr0Flags::HI16_ZMM.bits();

/// The original values of CR4 and XCR0, if they were changed.
static ORIGINAL: Single<Option<Original>> = Single::new(None);

#[derive(Clone, Copy)]
struct Original {
    cr4: u64,
    xcr0: u64,
}

/// Detects which vector instructions run here, and enables them. Does not use CPUID, which faults in confidential
/// guests.
pub(super) fn enable_instructions() -> Instructions {
    let mut instructions = Instructions { sha_ni: processor::sha_ni(), ..Instructions::default() };
    if probe::ssse3() {
        // SAFETY: every x86-64 processor has SSE2, and the probe has just executed SSSE3.
        instructions.ssse3 = Some(unsafe { Ssse3::new_unchecked() });
    }
    let Some(enabled) = enable_vectors() else { return instructions };
    probe::clear_upper_halves();
    if probe::avx2() {
        // SAFETY: the probe has just executed it, in the state in which it will run.
        instructions.avx2 = Some(unsafe { Avx2::new_unchecked() });
    }
    if enabled & AVX512 == AVX512 && probe::avx512() {
        // SAFETY: the probe has just executed AVX-512F and AVX-512BW, with the highest register, in the state in which
        // they will run.
        instructions.avx512 = Some(unsafe { Avx512::new_unchecked() });
    }
    instructions
}

/// Restores CR4 and XCR0. The upper halves stay clear: the following code uses only SSE.
pub(super) fn restore_registers() {
    let Some(Original { cr4, xcr0 }) = ORIGINAL.read() else { return };
    probe::clear_upper_halves();
    // SAFETY: the value that was in force before.
    let _ = unsafe { probe::write_xcr0(xcr0) };
    // SAFETY: as above.
    let _ = unsafe { probe::write_cr4(cr4) };
}

/// Enables AVX, and AVX-512 if the processor has it. Returns the new XCR0 if AVX is enabled.
fn enable_vectors() -> Option<u64> {
    // Every processor with AVX2 has BMI2, which needs no control bit. On a processor without XSAVE, QEMU (7.2 to 10.0,
    // `helper_write_crN`) hangs on OSXSAVE instead of raising #GP.
    if !probe::bmi2() {
        return None;
    }
    let cr4 = Cr4::read_raw();
    // SAFETY: the bit only enables XGETBV, XSETBV and AVX.
    unsafe { probe::write_cr4(cr4 | Cr4Flags::OSXSAVE.bits()) }?;
    let xcr0 = probe::xcr0()?;
    ORIGINAL.write(Some(Original { cr4, xcr0 }));
    [xcr0 | AVX | AVX512, xcr0 | AVX].into_iter().find(|wanted| {
        // SAFETY: this only enables more registers, and these contain no data in use.
        *wanted == xcr0 || unsafe { probe::write_xcr0(*wanted) }.is_some()
    })
}

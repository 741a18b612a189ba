//! The wide vector registers: found by trying them out, brought to where they may be used, and given back.

use super::probe;
use super::processor;
use super::single::Single;
use purgatory_sha256::{Avx2, Avx512, Instructions, Ssse3};
use x86_64::registers::control::{Cr4, Cr4Flags};
use x86_64::registers::xcontrol::XCr0Flags;

/// What XCR0 must have for AVX and AVX2: Intel SDM volume 1, section 13.3.
const AVX: u64 = XCr0Flags::X87.bits() | XCr0Flags::SSE.bits() | XCr0Flags::AVX.bits();

/// What it must have for AVX-512 beside that.
const AVX512: u64 =
    XCr0Flags::OPMASK.bits() | XCr0Flags::ZMM_HI256.bits() | XCr0Flags::HI16_ZMM.bits();

/// CR4 and XCR0 as they were found, where they were changed.
static FOUND: Single<Option<Found>> = Single::new(None);

#[derive(Clone, Copy)]
struct Found {
    cr4: u64,
    xcr0: u64,
}

/// Finds out which vector instructions run here, and lets them. Nothing is asked of CPUID, which faults in confidential
/// guests.
pub(super) fn enable_instructions() -> Instructions {
    let mut instructions = Instructions { sha_ni: processor::sha_ni(), ..Instructions::default() };
    if probe::ssse3() {
        // SAFETY: SSE2 is there on every x86-64 processor, SSSE3 has just been executed.
        instructions.ssse3 = Some(unsafe { Ssse3::promised() });
    }
    let Some(enabled) = enable_vectors() else { return instructions };
    probe::clear_upper_halves();
    if probe::avx2() {
        // SAFETY: it has just been executed, in the state in which it will run.
        instructions.avx2 = Some(unsafe { Avx2::promised() });
    }
    if enabled & AVX512 == AVX512 && probe::avx512() {
        // SAFETY: AVX-512F and AVX-512BW have just been executed, with the highest register, in the state in which they
        // will run.
        instructions.avx512 = Some(unsafe { Avx512::promised() });
    }
    instructions
}

/// Gives CR4 and XCR0 back as they were found. The upper halves are left clear: what comes next uses SSE only.
pub(super) fn restore_registers() {
    let Some(Found { cr4, xcr0 }) = FOUND.read() else { return };
    probe::clear_upper_halves();
    // SAFETY: the value that was in force before.
    let _ = unsafe { probe::write_xcr0(xcr0) };
    // SAFETY: as above.
    let _ = unsafe { probe::write_cr4(cr4) };
}

/// Lets AVX run, and AVX-512 where it is there; what XCR0 has then, if AVX does.
fn enable_vectors() -> Option<u64> {
    // Every processor with AVX2 has BMI2, which needs no leave; and on a processor that has no XSAVE, QEMU (7.2 to 10.0,
    // `helper_write_crN`) hangs on OSXSAVE instead of raising #GP.
    if !probe::bmi2() {
        return None;
    }
    let cr4 = Cr4::read_raw();
    // SAFETY: the bit only makes XGETBV, XSETBV and AVX known to the processor.
    unsafe { probe::write_cr4(cr4 | Cr4Flags::OSXSAVE.bits()) }?;
    let xcr0 = probe::xcr0()?;
    FOUND.write(Some(Found { cr4, xcr0 }));
    [xcr0 | AVX | AVX512, xcr0 | AVX].into_iter().find(|wanted| {
        // SAFETY: more of the registers become known to the processor, and none of them holds anything.
        *wanted == xcr0 || unsafe { probe::write_xcr0(*wanted) }.is_some()
    })
}

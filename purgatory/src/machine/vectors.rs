//! The wide vector registers: found by trying them out, brought to where they may be used, and given back.

use super::probe::{self, FAULTED};
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
pub(super) fn bring_up() -> Instructions {
    let mut instructions = Instructions { sha_ni: processor::sha_ni(), ..Instructions::default() };
    // SAFETY: changes a vector register that holds nothing; where the instruction is missing, the probe says so.
    if unsafe { probe::try_ssse3() } != FAULTED {
        // SAFETY: SSE2 is there on every x86-64 processor, SSSE3 has just been executed.
        instructions.ssse3 = Some(unsafe { Ssse3::promised() });
    }
    let Some(enabled) = enable_vectors() else { return instructions };
    // SAFETY: no value that is in use stands in an upper half: this program has used SSE only.
    unsafe { probe::try_vzeroupper() };
    // SAFETY: changes a vector register that holds nothing; where the instruction is missing, the probe says so.
    if unsafe { probe::try_avx2() } != FAULTED {
        // SAFETY: it has just been executed, in the state in which it will run.
        instructions.avx2 = Some(unsafe { Avx2::promised() });
    }
    // SAFETY: as above.
    if enabled & AVX512 == AVX512 && unsafe { probe::try_avx512() } != FAULTED {
        // SAFETY: AVX-512F and AVX-512BW have just been executed, with the highest register, in the state in which they
        // will run.
        instructions.avx512 = Some(unsafe { Avx512::promised() });
    }
    instructions
}

/// Gives CR4 and XCR0 back as they were found. The upper halves are left clear: what comes next uses SSE only.
pub(super) fn give_back() {
    let Some(Found { cr4, xcr0 }) = FOUND.read() else { return };
    // SAFETY: no value that is in use stands in an upper half.
    unsafe { probe::try_vzeroupper() };
    // SAFETY: the values that were in force before.
    unsafe { probe::try_xsetbv(xcr0) };
    // SAFETY: as above.
    unsafe { probe::try_write_cr4(cr4) };
}

/// Lets AVX run, and AVX-512 where it is there; what XCR0 has then, if AVX does.
fn enable_vectors() -> Option<u64> {
    // Every processor with AVX2 has BMI2, which needs no leave; and on a processor that has no XSAVE, QEMU (7.2 to 10.0,
    // `helper_write_crN`) hangs on OSXSAVE instead of raising #GP.
    // SAFETY: changes no register that is in use; where the instruction is missing, the probe says so.
    if unsafe { probe::try_bmi2() } == FAULTED {
        return None;
    }
    let cr4 = Cr4::read_raw();
    // SAFETY: the bit only makes XGETBV, XSETBV and AVX known to the processor; where it is not there, the probe says so.
    if unsafe { probe::try_write_cr4(cr4 | Cr4Flags::OSXSAVE.bits()) } == FAULTED {
        return None;
    }
    // SAFETY: reads a register; where it cannot be read, the probe says so.
    let xcr0 = unsafe { probe::try_xgetbv() };
    if xcr0 == FAULTED {
        return None;
    }
    FOUND.write(Some(Found { cr4, xcr0 }));
    [xcr0 | AVX | AVX512, xcr0 | AVX].into_iter().find(|wanted| {
        // SAFETY: more of the registers become known to the processor, and none of them holds anything; what it lacks is
        // refused, and the probe says so.
        *wanted == xcr0 || unsafe { probe::try_xsetbv(*wanted) } != FAULTED
    })
}

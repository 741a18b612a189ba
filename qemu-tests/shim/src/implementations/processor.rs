//! Which instructions run here. This is no confidential guest, so that CPUID may be asked.

#![allow(unsafe_code, reason = "turns vector registers on, and promises what CPUID says")]

use core::arch::x86_64::{__cpuid, __cpuid_count};

use purgatory_sha256::{Avx2, Avx512, Instructions, ShaNi, Ssse3};

use crate::cpu;

/// XCR0: the state of x87, SSE and AVX, which belong together.
const XCR0_AVX: u64 = 0b111;
/// XCR0: the same and AVX-512's masks, upper halves, and upper registers.
const XCR0_AVX512: u64 = XCR0_AVX | 0b111 << 5;

/// CPUID 1, ECX.
const SSSE3: u32 = 1 << 9;
const SSE4_1: u32 = 1 << 19;
/// CPUID 7.0, EBX.
const AVX2: u32 = 1 << 5;
const AVX512F: u32 = 1 << 16;
const SHA: u32 = 1 << 29;
const AVX512BW: u32 = 1 << 30;

/// CPUID leaves: the highest one, features, more features, the state that XCR0 may turn on (EAX of its subleaf 0).
const HIGHEST: u32 = 0;
const FEATURES: u32 = 1;
const MORE_FEATURES: u32 = 7;
const STATE: u32 = 0xd;

/// All that the processor has, after bringing XCR0 to where it runs. SSE is on since the start.
pub(crate) fn instructions() -> Instructions {
    let highest = __cpuid(HIGHEST).eax;
    let features = __cpuid(FEATURES).ecx;
    let more = if highest < MORE_FEATURES { 0 } else { __cpuid_count(MORE_FEATURES, 0).ebx };
    let state = if highest < STATE { 0 } else { u64::from(__cpuid_count(STATE, 0).eax) };
    let turned_on = |wanted| state & wanted == wanted && cpu::set_xcr0(wanted);
    let has_avx512 = turned_on(XCR0_AVX512);
    let has_avx = has_avx512 || turned_on(XCR0_AVX);
    let has = |bits: u32, wanted: u32| bits & wanted == wanted;

    // SAFETY: CPUID says so, and CR0 and CR4 let SSE instructions run.
    let ssse3 = has(features, SSSE3).then(|| unsafe { Ssse3::new_unchecked() });
    let has_sha = has(features, SSSE3 | SSE4_1) && has(more, SHA);
    // SAFETY: as above.
    let sha_ni = has_sha.then(|| unsafe { ShaNi::new_unchecked() });
    // SAFETY: CPUID says so, and XCR0 lets AVX instructions run.
    let avx2 = (has_avx && has(more, AVX2)).then(|| unsafe { Avx2::new_unchecked() });
    let has_avx512 = has_avx512 && has(more, AVX512F | AVX512BW);
    // SAFETY: CPUID says so, and XCR0 lets AVX-512 instructions run.
    let avx512 = has_avx512.then(|| unsafe { Avx512::new_unchecked() });
    Instructions { ssse3, sha_ni, avx2, avx512 }
}

//! The assembly of the probes, and their rows in the table of fixups.

use core::arch::naked_asm;

/// Defines `try_NAME`: its code, and a row in the table for each label of an instruction that may fault.
macro_rules! probe {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty { $($code:literal)* } probes $($label:literal)+) => {
        $(#[$doc])*
        #[unsafe(naked)]
        pub(super) unsafe extern "sysv64" fn $name($($arg: $ty),*) -> $ret {
            naked_asm!(
                $($code,)*
                "ret",
                // A row for each probed instruction.
                ".pushsection .fixups, \"a\"",
                $(concat!(".long ", $label, "b - ."),)+
                ".popsection",
            )
        }
    };
}

/// The result of a probe that faulted. A probe that succeeds never returns it.
pub(super) const FAULTED: u64 = u64::MAX;

/// Returns [`FAULTED`] from the probe that faulted: probes do not change the stack.
///
/// # Safety
///
/// Never called from Rust: a probe that faults continues here.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn faulted() -> u64 {
    naked_asm!("or rax, {FAULTED}", "ret", FAULTED = const FAULTED as i64)
}

probe! {
    /// Reads a port; the byte, or [`FAULTED`].
    fn try_in(port: u16) -> u64 {
        "mov edx, edi"
        "xor eax, eax"
        "2: in al, dx"
    } probes "2"
}

probe! {
    /// Writes a port; 0, or [`FAULTED`].
    fn try_out(port: u16, value: u8) -> u64 {
        "mov edx, edi"
        "mov eax, esi"
        "2: out dx, al"
        "xor eax, eax"
    } probes "2"
}

probe! {
    /// Reads a byte of memory; the byte, or [`FAULTED`].
    fn try_read(address: u64) -> u64 {
        "xor eax, eax"
        "2: mov al, [rdi]"
    } probes "2"
}

#[cfg(feature = "kexec-tools")]
probe! {
    /// Copies memory; 0, or [`FAULTED`] if part of either range is not mapped. The bytes before that part are then
    /// copied.
    fn try_copy(to: u64, from: u64, len: u64) -> u64 {
        "mov rcx, rdx"
        "2: rep movsb"
        "xor eax, eax"
    } probes "2"
}

probe! {
    /// Writes CR4; 0, or [`FAULTED`] if the processor lacks one of its bits.
    fn try_write_cr4(value: u64) -> u64 {
        "2: mov cr4, rdi"
        "xor eax, eax"
    } probes "2"
}

probe! {
    /// Reads XCR0; needs CR4.OSXSAVE. [`FAULTED`] if the processor lacks it.
    fn try_xgetbv() -> u64 {
        // XCR0 is register 0.
        "xor ecx, ecx"
        "2: xgetbv"
        "shl rdx, 32"
        "or rax, rdx"
    } probes "2"
}

#[cfg(feature = "native")]
probe! {
    /// Writes XCR0; needs CR4.OSXSAVE. 0, or [`FAULTED`] if the processor lacks one of the bits.
    fn try_xsetbv(value: u64) -> u64 {
        "mov eax, edi"
        "mov rdx, rdi"
        "shr rdx, 32"
        // XCR0 is register 0.
        "xor ecx, ecx"
        "2: xsetbv"
        "xor eax, eax"
    } probes "2"
}

probe! {
    /// Clears the upper halves of the vector registers; 0, or [`FAULTED`] if the processor has none.
    fn try_vzeroupper() -> u64 {
        "2: vzeroupper"
        "xor eax, eax"
    } probes "2"
}

#[cfg(feature = "native")]
probe! {
    /// Executes an SSSE3 instruction; 0, or [`FAULTED`] if it is missing.
    fn try_ssse3() -> u64 {
        "2: pshufb xmm1, xmm2"
        "xor eax, eax"
    } probes "2"
}

#[cfg(feature = "native")]
probe! {
    /// Executes a BMI2 instruction; 0, or [`FAULTED`] if it is missing.
    fn try_bmi2() -> u64 {
        "2: rorx eax, eax, 1"
        "xor eax, eax"
    } probes "2"
}

#[cfg(feature = "native")]
probe! {
    /// Executes an AVX2 instruction on its widest registers; 0, or [`FAULTED`] if it is missing.
    fn try_avx2() -> u64 {
        "2: vpaddd ymm1, ymm2, ymm3"
        "vzeroupper"
        "xor eax, eax"
    } probes "2"
}

#[cfg(feature = "native")]
probe! {
    /// Executes one instruction of AVX-512F and one of AVX-512BW on the widest and highest registers; 0, or [`FAULTED`]
    /// if one is missing.
    fn try_avx512() -> u64 {
        "2: vprord zmm31, zmm1, 1"
        "3: vpshufb zmm1, zmm2, zmm31"
        "vzeroupper"
        "xor eax, eax"
    } probes "2" "3"
}

probe! {
    /// Executes one of each instruction that the SHA-NI implementation uses beyond SSE2; 0, or [`FAULTED`] if one is
    /// missing.
    fn try_sha_ni() -> u64 {
        // SSSE3, SSE4.1, SHA: a processor may lack each one separately.
        "2: pshufb xmm1, xmm2"
        "3: pblendw xmm1, xmm2, 0"
        "4: sha256rnds2 xmm1, xmm2"
        "xor eax, eax"
    } probes "2" "3" "4"
}

probe! {
    /// Reads the time-stamp counter, or [`FAULTED`].
    fn try_rdtsc() -> u64 {
        "2: rdtsc"
        "shl rdx, 32"
        "or rax, rdx"
    } probes "2"
}

probe! {
    /// Halts until the next NMI; 0, or [`FAULTED`] at once.
    fn try_hlt() -> u64 {
        "2: hlt"
        "xor eax, eax"
    } probes "2"
}

probe! {
    /// Reads the information about a #VE from the TDX module (TDG.VP.VEINFO.GET). Before that is done, a second #VE is
    /// a double fault. Returns 0, or [`FAULTED`] without a TDX module.
    fn try_take_ve_info() -> u64 {
        // Leaf 3. The results in rcx, rdx and r8 to r10 are not used: the fixup knows the instruction.
        "mov eax, 3"
        // TDCALL, as bytes: not every assembler knows it.
        "2: .byte 0x66, 0x0f, 0x01, 0xcc"
        "xor eax, eax"
    } probes "2"
}

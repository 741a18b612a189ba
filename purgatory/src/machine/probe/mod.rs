//! Probes: instructions that may fault, each with a fixup.
//!
//! Each function of `raw` executes such instructions. If one faults, the exception handler finds its address in the
//! table of fixups and continues at [`raw::faulted`]. So a faulting port in a confidential guest, or an instruction
//! that this processor lacks, counts as absent and does not end the run.

mod raw;

use crate::address_of;

/// A row of the table: the address of a probed instruction, relative to the row.
type Fixup = i32;

unsafe extern "C" {
    /// The table's limits (linker script).
    safe static fixups_start: Fixup;
    safe static fixups_end: Fixup;
}

/// Returns the address to continue at if the instruction at `rip` is a probe.
pub(super) fn fixup(rip: u64) -> Option<u64> {
    let mut row = address_of!(fixups_start);
    while row < address_of!(fixups_end) {
        // SAFETY: the row lies within the table, whose rows the probes of `raw` wrote.
        let relative = unsafe { *(row as *const Fixup) };
        if row.wrapping_add_signed(relative.into()) == rip {
            return Some(address_of!(raw::faulted));
        }
        row += size_of::<Fixup>() as u64;
    }
    None
}

/// Returns the result of a probe; `None` if it faulted.
fn unless_faulted(value: u64) -> Option<u64> {
    (value != raw::FAULTED).then_some(value)
}

/// Reads a port; `None` if the access faults.
pub(super) fn read_port(port: u16) -> Option<u8> {
    // SAFETY: no other driver is left that could use the device.
    unless_faulted(unsafe { raw::try_in(port) }).map(|byte| byte as u8)
}

/// Writes a port; `None` if the access faults.
pub(super) fn write_port(port: u16, value: u8) -> Option<()> {
    // SAFETY: no other driver is left that could use the device.
    unless_faulted(unsafe { raw::try_out(port, value) }).map(drop)
}

/// Reads a byte of memory; `None` if it is not mapped.
pub(super) fn read(address: u64) -> Option<u8> {
    // SAFETY: the byte is read once, into a register, so other writers do no harm.
    unless_faulted(unsafe { raw::try_read(address) }).map(|byte| byte as u8)
}

/// Copies memory; `None` if part of either range is not mapped. The bytes before that part are then copied.
///
/// # Safety
///
/// Nothing refers to the target.
#[cfg(feature = "kexec-tools")]
pub(super) unsafe fn copy(to: u64, from: u64, len: u64) -> Option<()> {
    // SAFETY: the caller's promise.
    unless_faulted(unsafe { raw::try_copy(to, from, len) }).map(drop)
}

/// Writes CR4; `None` if the processor lacks one of its bits.
///
/// # Safety
///
/// This program must be able to continue with this value.
pub(super) unsafe fn write_cr4(value: u64) -> Option<()> {
    // SAFETY: the caller's promise.
    unless_faulted(unsafe { raw::try_write_cr4(value) }).map(drop)
}

/// Reads XCR0; `None` if the processor lacks it, or without CR4.OSXSAVE.
pub(super) fn xcr0() -> Option<u64> {
    // SAFETY: reads a register.
    unless_faulted(unsafe { raw::try_xgetbv() })
}

/// Writes XCR0; `None` if the processor lacks it or one of the bits, or without CR4.OSXSAVE.
///
/// # Safety
///
/// The registers that the value disables must not be in use.
#[cfg(feature = "native")]
pub(super) unsafe fn write_xcr0(value: u64) -> Option<()> {
    // SAFETY: the caller's promise.
    unless_faulted(unsafe { raw::try_xsetbv(value) }).map(drop)
}

/// Clears the upper halves of the vector registers, if there are any.
pub(super) fn clear_upper_halves() {
    // SAFETY: no upper half contains a value in use: except for the verification, this program uses only SSE.
    unsafe { raw::try_vzeroupper() };
}

/// Whether the SHA extensions run here.
pub(super) fn sha_ni() -> bool {
    // SAFETY: changes registers that the call does not preserve.
    unless_faulted(unsafe { raw::try_sha_ni() }).is_some()
}

/// Whether SSSE3 runs here.
#[cfg(feature = "native")]
pub(super) fn ssse3() -> bool {
    // SAFETY: changes registers that the call does not preserve.
    unless_faulted(unsafe { raw::try_ssse3() }).is_some()
}

/// Whether BMI2 runs here.
#[cfg(feature = "native")]
pub(super) fn bmi2() -> bool {
    // SAFETY: changes registers that the call does not preserve.
    unless_faulted(unsafe { raw::try_bmi2() }).is_some()
}

/// Whether AVX2 runs here.
#[cfg(feature = "native")]
pub(super) fn avx2() -> bool {
    // SAFETY: changes registers that the call does not preserve.
    unless_faulted(unsafe { raw::try_avx2() }).is_some()
}

/// Whether AVX-512F and AVX-512BW run here.
#[cfg(feature = "native")]
pub(super) fn avx512() -> bool {
    // SAFETY: changes registers that the call does not preserve, and others that nothing uses.
    unless_faulted(unsafe { raw::try_avx512() }).is_some()
}

/// Reads the time-stamp counter, or all ones if it cannot be read.
pub(super) fn ticks() -> u64 {
    // SAFETY: reads a counter.
    unsafe { raw::try_rdtsc() }
}

/// Halts until the next NMI; returns at once where HLT faults.
pub(super) fn halt() {
    // SAFETY: interrupts are off, and the handler of an NMI returns.
    unsafe { raw::try_hlt() };
}

/// Reads the information about a #VE from the TDX module, if there is one.
pub(super) fn take_ve_info() {
    // SAFETY: the TDX module changes only registers that the call does not preserve, and the information is not used.
    unsafe { raw::try_take_ve_info() };
}

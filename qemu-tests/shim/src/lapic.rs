//! The local APIC: an NMI to oneself, and a timer.
//!
//! Source: Intel SDM volume 3, chapter "Advanced Programmable Interrupt Controller".

#![allow(unsafe_code, reason = "device registers in memory")]

/// Where it is after reset.
pub(crate) const BASE: u64 = 0xfee0_0000;
const SPURIOUS: u64 = 0x0f0;
pub(crate) const COMMAND: u64 = 0x300;
const TIMER: u64 = 0x320;
const TIMER_COUNT: u64 = 0x380;
const TIMER_DIVIDE: u64 = 0x3e0;
/// Spurious vector register: the APIC is on; any vector.
const ENABLED: u32 = 0x1ff;
/// Interrupt command: asserted, NMI, to the CPU whose ID is in the next register. After a reset that is 0,
/// the only one here. The shorthand "self" is for maskable interrupts only, and Bochs enforces that.
pub(crate) const NMI_TO_SELF: u32 = 1 << 14 | 0b100 << 8;
/// Timer: one shot, this vector. The vector has no meaning: the interrupt is never accepted.
const TIMER_VECTOR: u32 = 0x40;
/// Divide by 1.
const BY_1: u32 = 0b1011;

fn write(register: u64, value: u32) {
    let register = (BASE + register) as *mut u32;
    // SAFETY: the shim's page tables map the APIC, and the registers named here touch no memory.
    unsafe { register.write_volatile(value) };
}

/// Sends a non-maskable interrupt to this processor, and gives it time to arrive.
pub(crate) fn nmi_to_self() {
    write(COMMAND, NMI_TO_SELF);
    // The emulator takes interrupts between blocks of code, so some turns of a loop are enough; hardware needs less.
    for _ in 0..10_000 {
        core::hint::spin_loop();
    }
}

/// Raises a maskable interrupt after so many ticks of the bus clock (1 GHz in QEMU).
pub(crate) fn start_timer(ticks: u32) {
    write(SPURIOUS, ENABLED);
    write(TIMER_DIVIDE, BY_1);
    write(TIMER, TIMER_VECTOR);
    write(TIMER_COUNT, ticks);
}

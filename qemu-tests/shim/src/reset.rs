//! Resets the machine.

#![allow(unsafe_code, reason = "port output and an empty IDT")]

use core::arch::asm;

use x86_64::instructions::port::Port;

use crate::gdt::TablePointer;

/// The keyboard controller's command port, and its command for a pulse on the processor's reset line.
const KEYBOARD_CONTROLLER: u16 = 0x64;
const PULSE_RESET: u8 = 0xfe;
/// Turns of a loop: more than the pulse takes to arrive.
const WAIT: u32 = 1_000_000;

/// By the keyboard controller, and where that does nothing by a triple fault.
pub(crate) fn machine() -> ! {
    // SAFETY: the machine starts anew or stays as it is.
    unsafe { Port::<u8>::new(KEYBOARD_CONTROLLER).write(PULSE_RESET) };
    for _ in 0..WAIT {
        core::hint::spin_loop();
    }
    let nothing = TablePointer::default();
    // SAFETY: an exception without an IDT shuts the processor down, which resets the machine.
    unsafe { asm!("lidt [{}]", "ud2", in(reg) &raw const nothing, options(noreturn)) }
}

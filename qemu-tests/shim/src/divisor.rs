//! The speed at which a UART was left, for the host to compare: the divisor of a 16550 can be read.

#![allow(unsafe_code, reason = "port access is unsafe")]

use x86_64::instructions::port::Port;

/// The first ports of ttyS0 and ttyS1.
pub(crate) const TTYS: [u16; 2] = [0x3f8, 0x2f8];

/// The line control register, and its bit that shows the divisor in place of the data.
const LINE_CONTROL: u16 = 3;
const SHOW_DIVISOR: u8 = 1 << 7;

/// Returns the divisor of the UART at `base`, of 115,200 bits per second; 0xffff if there is no UART.
pub(crate) fn divisor(base: u16) -> u16 {
    let [mut low, mut high, mut control] =
        [0, 1, LINE_CONTROL].map(|register| Port::<u8>::new(base + register));
    // SAFETY: a UART's register, or an unused port.
    let before = unsafe { control.read() };
    // SAFETY: as above.
    unsafe { control.write(before | SHOW_DIVISOR) };
    // SAFETY: as above.
    let low = unsafe { low.read() };
    // SAFETY: as above.
    let high = unsafe { high.read() };
    // SAFETY: as above.
    unsafe { control.write(before) };
    u16::from_le_bytes([low, high])
}

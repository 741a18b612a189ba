//! How fast a UART was left, for the host to compare: a 16550 tells its divisor to whoever asks.

#![allow(unsafe_code, reason = "port access is unsafe")]

use x86_64::instructions::port::Port;

/// The first ports of ttyS0 and ttyS1.
pub(crate) const TTYS: [u16; 2] = [0x3f8, 0x2f8];

/// The line control register, and its bit that shows the divisor in place of the data.
const LINE_CONTROL: u16 = 3;
const SHOW_DIVISOR: u8 = 1 << 7;

/// What the UART at `base` divides its 115,200 bits per second by; 0xffff where there is none.
pub(crate) fn divisor(base: u16) -> u16 {
    let [mut low, mut high, mut control] =
        [0, 1, LINE_CONTROL].map(|register| Port::<u8>::new(base + register));
    // SAFETY: a UART's register, or a port that nobody is at.
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

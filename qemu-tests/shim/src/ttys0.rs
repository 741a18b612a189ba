//! ttyS0, as the kernel or the firmware before us left it. Only a multiboot start writes to it.

#![allow(unsafe_code, reason = "port input and output are unsafe")]

use core::fmt::{self, Write};

use x86_64::instructions::port::{Port, PortReadOnly};

const DATA: u16 = 0x3f8;
const LINE_STATUS: u16 = DATA + 5;
/// Line status: a byte can be written.
const READY: u8 = 1 << 5;
/// How often the line status is read before a byte. A byte takes a millisecond at 9600 baud, a read more than 0.1 µs.
const READS: u32 = 100_000;

/// ttyS0.
pub(crate) struct TtyS0 {
    is_stuck: bool,
}

impl TtyS0 {
    /// The port, nothing of it being known.
    pub(crate) fn new() -> Self {
        Self { is_stuck: false }
    }
}

impl Write for TtyS0 {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.is_stuck = self.is_stuck || (0..READS).all(|_| line_status() & READY == 0);
            if self.is_stuck {
                break;
            }
            // SAFETY: the UART's transmitter takes the byte; no memory is touched.
            unsafe { Port::<u8>::new(DATA).write(byte) };
        }
        Ok(())
    }
}

fn line_status() -> u8 {
    // SAFETY: reading the line status touches no memory; where there is no UART it gives 0xff.
    unsafe { PortReadOnly::<u8>::new(LINE_STATUS).read() }
}

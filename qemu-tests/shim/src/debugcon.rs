//! The shim's own channel to the host, and the ways out of a run.
//!
//! `isa-debugcon` at port 0xe9 takes every byte at once; `isa-debug-exit` at port 0xf4 ends QEMU with
//! `code << 1 | 1`. The UART is left to the blob.

#![allow(unsafe_code, reason = "port output is unsafe")]

use core::fmt::{self, Write};

use x86_64::instructions::port::Port;

const DEBUGCON: u16 = 0xe9;
const DEBUG_EXIT: u16 = 0xf4;

/// How a run ended, as the code that QEMU is left with.
#[repr(u32)]
#[derive(Clone, Copy)]
pub(crate) enum Exit {
    /// The blob handed over and everything on the other side is as it has to be. Status 33.
    Passed = 0x10,
    /// The blob handed over and something is not as it has to be. Status 35.
    Failed = 0x11,
    /// The shim itself could not do what it was told. Status 37.
    ShimError = 0x12,
    /// The blob, as a guest, halted for ever. Status 39.
    GuestHalted = 0x13,
    /// The blob, as a guest, shut down: a triple fault. Status 41.
    GuestShutDown = 0x14,
}

/// Ends the run.
pub(crate) fn exit(code: Exit) -> ! {
    let mut port = Port::<u32>::new(DEBUG_EXIT);
    // SAFETY: the device at this port ends the machine and touches no memory.
    unsafe { port.write(code as u32) };
    loop {
        x86_64::instructions::hlt();
    }
}

pub(crate) struct DebugCon;

impl Write for DebugCon {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut port = Port::<u8>::new(DEBUGCON);
        for byte in text.bytes() {
            // SAFETY: the device at this port passes the byte to the host and touches no memory.
            unsafe { port.write(byte) };
        }
        Ok(())
    }
}

/// Writes one line, which starts with `shim: `.
macro_rules! say {
    ($($arg:tt)*) => {{
        use core::fmt::Write as _;
        // The device takes everything.
        let _ = writeln!($crate::debugcon::DebugCon, "shim: {}", format_args!($($arg)*));
    }};
}
pub(crate) use say;

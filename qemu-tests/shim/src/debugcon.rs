//! The shim's own channel to the host, and the ways out of a run.
//!
//! `isa-debugcon` at port 0xe9 takes every byte at once. The UART is left to the blob. The last line of a run says how
//! it ended, and the reader ends the machine: QEMU's own device for that, `isa-debug-exit`, ends the process in the
//! middle of the work of its other threads, and sometimes hangs.

#![allow(unsafe_code, reason = "port output is unsafe")]

use core::fmt::{self, Write};

use boot_shim::end::End;
use x86_64::instructions::port::Port;

const DEBUGCON: u16 = 0xe9;

/// Writes one line, which starts with `shim: `.
macro_rules! say {
    ($($arg:tt)*) => {{
        use core::fmt::Write as _;
        // The device takes everything.
        let _ = writeln!($crate::debugcon::DebugCon, "shim: {}", format_args!($($arg)*));
    }};
}
pub(crate) use say;

/// Ends the run. It is called with interrupts off.
pub(crate) fn end(how: End) -> ! {
    say!("{}{}", End::LINE, how.name());
    loop {
        x86_64::instructions::hlt();
    }
}

/// The debug console.
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

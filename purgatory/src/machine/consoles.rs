//! All consoles of a plan as one sink for text.

use super::io::Io;
use crate::config::{Consoles, Serial};
use crate::report::Sink;
use crate::uart::Uart;

/// Serial ports that were opened. One that nobody answers at, or that died, swallows what it is given.
pub(super) struct Opened {
    uarts: [Option<Uart<Io>>; Consoles::MOST],
}

impl Opened {
    /// Opens each of them.
    pub(super) fn open(consoles: &Consoles) -> Self {
        let mut uarts = [const { None }; Consoles::MOST];
        for (uart, serial) in uarts.iter_mut().zip(consoles.iter()) {
            *uart = open(*serial);
        }
        Self { uarts }
    }
}

fn open(serial: Serial) -> Option<Uart<Io>> {
    Uart::open(Io, serial)
}

impl Sink for Opened {
    fn put(&mut self, bytes: &[u8]) {
        for uart in self.uarts.iter_mut().flatten() {
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                match line.strip_suffix(b"\n") {
                    // A terminal needs both.
                    Some(text) => {
                        uart.send(text);
                        uart.send(b"\r\n");
                    }
                    None => uart.send(line),
                }
            }
        }
    }
}

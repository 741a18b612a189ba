//! All consoles of a plan as one sink for text.

use super::io::Io;
use crate::config::Consoles;
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
            *uart = Uart::open(Io, *serial);
        }
        Self { uarts }
    }
}

impl Sink for Opened {
    fn put(&mut self, bytes: &[u8]) {
        for uart in self.uarts.iter_mut().flatten() {
            uart.send(bytes);
        }
    }
}

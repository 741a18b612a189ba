//! All consoles of a plan as one sink for text.

use super::io::Io;
#[cfg(feature = "vga")]
use super::screen;
use crate::config::Consoles;
use crate::uart::Uart;
#[cfg(feature = "vga")]
use crate::vga::screen::Screen;
use purgatory_abi::report::Sink;

/// What was opened. A serial port that nobody answers at, or that died, swallows what it is given.
pub(super) struct Opened {
    uarts: [Option<Uart<Io>>; Consoles::MOST],
    #[cfg(feature = "vga")]
    screen: Option<Screen<screen::Memory>>,
}

impl Opened {
    /// Opens each of them.
    pub(super) fn open(consoles: &Consoles) -> Self {
        let mut uarts = [const { None }; Consoles::MOST];
        for (uart, serial) in uarts.iter_mut().zip(consoles.iter()) {
            *uart = Uart::open(Io, *serial);
        }
        Self {
            uarts,
            #[cfg(feature = "vga")]
            screen: if consoles.vga { screen::open() } else { None },
        }
    }
}

impl Sink for Opened {
    fn put(&mut self, bytes: &[u8]) {
        for uart in self.uarts.iter_mut().flatten() {
            uart.send(bytes);
        }
        #[cfg(feature = "vga")]
        if let Some(screen) = &mut self.screen {
            screen.put(bytes);
        }
    }
}

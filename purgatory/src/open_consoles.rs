//! The consoles that are open for the report.

use crate::config::Consoles;
use crate::hardware::Machine;
use crate::uart::Uart;
#[cfg(feature = "kexec-tools")]
use crate::vga::screen::Screen;
use purgatory_abi::report::Sink;

/// An open console. A serial port that is absent or dead ignores the text.
enum OpenConsole<M: Machine> {
    Serial(Uart<M::Ports>),
    #[cfg(feature = "kexec-tools")]
    Screen(Screen<M::Cells>),
}

/// The maximum number of consoles.
const MOST: usize = Consoles::MOST + cfg!(feature = "kexec-tools") as usize;

/// All open consoles.
pub struct OpenConsoles<M: Machine>([Option<OpenConsole<M>>; MOST]);

impl<M: Machine> OpenConsoles<M> {
    /// Opens each of `consoles`.
    pub fn open(machine: &M, consoles: &Consoles) -> Self {
        let serials = consoles.iter().map(|serial| Uart::open(machine.ports(), *serial));
        let open = serials.map(OpenConsole::Serial);
        #[cfg(feature = "kexec-tools")]
        let open = open.chain(
            consoles
                .vga
                .then(|| machine.screen())
                .flatten()
                .map(|cells| OpenConsole::Screen(Screen::new(cells))),
        );
        let mut open = open;
        Self(core::array::from_fn(|_| open.next()))
    }
}

impl<M: Machine> Sink for OpenConsoles<M> {
    fn put(&mut self, bytes: &[u8]) {
        for console in self.0.iter_mut().flatten() {
            match console {
                OpenConsole::Serial(uart) => uart.send(bytes),
                #[cfg(feature = "kexec-tools")]
                OpenConsole::Screen(screen) => screen.put(bytes),
            }
        }
    }
}

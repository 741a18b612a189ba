//! The receivers of the report: a list, each with its own kind.

use crate::config::Consoles;
use crate::hardware::Machine;
use crate::uart::Uart;
#[cfg(feature = "kexec-tools")]
use crate::vga::screen::Screen;
use purgatory_abi::report::Sink;

/// A receiver of the report. A serial port that is absent or dead ignores the text.
enum Output<M: Machine> {
    Serial(Uart<M::Ports>),
    #[cfg(feature = "kexec-tools")]
    Screen(Screen<M::Cells>),
}

/// How many there can be.
const MOST: usize = Consoles::MOST + cfg!(feature = "kexec-tools") as usize;

/// All receivers of the report.
pub struct Outputs<M: Machine>([Option<Output<M>>; MOST]);

impl<M: Machine> Outputs<M> {
    /// Opens each of the consoles.
    pub fn open(machine: &M, consoles: &Consoles) -> Self {
        let serials = consoles.iter().map(|serial| Uart::open(machine.ports(), *serial));
        let outputs = serials.map(Output::Serial);
        #[cfg(feature = "kexec-tools")]
        let outputs = outputs.chain(
            consoles
                .vga
                .then(|| machine.screen())
                .flatten()
                .map(|cells| Output::Screen(Screen::new(cells))),
        );
        let mut outputs = outputs;
        Self(core::array::from_fn(|_| outputs.next()))
    }
}

impl<M: Machine> Sink for Outputs<M> {
    fn put(&mut self, bytes: &[u8]) {
        for output in self.0.iter_mut().flatten() {
            match output {
                Output::Serial(uart) => uart.send(bytes),
                #[cfg(feature = "kexec-tools")]
                Output::Screen(screen) => screen.put(bytes),
            }
        }
    }
}

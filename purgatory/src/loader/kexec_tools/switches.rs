//! The console switches: `--console-serial`, `--serial=`, `--serial-baud=`, `--console-vga`.

use crate::config::{Consoles, Settings};
use crate::warnings::Warnings;
use purgatory_abi::console::Serial;

/// The values that the switches left in the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// `console_serial`.
    pub console_serial: bool,
    /// `console_vga`.
    pub console_vga: bool,
    /// `serial_base`: the first port of a UART.
    pub serial_base: u16,
    /// `serial_baud`: bits per second; 0 leaves the UART as it is.
    pub serial_baud: u32,
}

impl Switches {
    /// Returns the settings before the command line is read. Without a switch our purgatory prints only failures, while
    /// the stock one prints nothing. With a switch, both print success too.
    pub(super) fn settings(self, serial: Option<Serial>) -> Settings {
        let mut settings = Settings::DEFAULT;
        if let Some(serial) = serial {
            settings.consoles = Consoles::only(serial);
        }
        settings.verbose = self.console_serial || self.console_vga;
        settings
    }

    /// Adds the consoles of the switches, so that those of the command line do not replace them.
    pub(super) fn add(self, serial: Option<Serial>, consoles: &mut Consoles) {
        let vga = consoles.vga || self.console_vga;
        if let Some(mut serial) = serial {
            // The command line may give the speed if the switches do not.
            let named = consoles.iter().find(|named| named.port == serial.port);
            serial.baud = serial.baud.or(named.and_then(|named| named.baud));
            let mut all = Consoles::only(serial);
            consoles.iter().for_each(|named| all.add(*named));
            *consoles = all;
        }
        consoles.vga = vga;
    }

    /// Returns the configured UART. An invalid value gives a warning.
    pub(super) fn serial(self, warnings: &mut Warnings<'_>) -> Option<Serial> {
        if !self.console_serial {
            return None;
        }
        let warn = |warning, value| warnings.at(warning, value);
        Serial::from_table(self.serial_base.into(), self.serial_baud, warn)
    }
}

//! Consoles: the value of `purgatory.console=` and `--console`, entries of the native header, and limits of a UART.

use crate::number;
use crate::status::Warning;
use core::fmt;
use core::mem::offset_of;
use core::num::NonZeroU32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The first ports of ttyS0 to ttyS3: `SERIAL_PORT_DFNS` of `arch/x86/include/asm/serial.h`.
pub const TTYS_PORTS: [u16; 4] = [0x3f8, 0x2f8, 0x3e8, 0x2e8];

/// The highest speed, in bits per second: the clock of 1.8432 MHz divided by 16. A UART divides it further.
pub const MAX_BAUD: u32 = 115_200;

/// The lowest speed that a purgatory sets, in bits per second: a report at less would take minutes.
pub const MIN_BAUD: u32 = 1200;

/// The lowest first port of a UART: ports 0 to 7 belong to the DMA controller.
pub const MIN_PORT: u16 = 8;

/// The highest first port of a UART: the last at which all eight registers have a port.
pub const MAX_PORT: u16 = 0xfff8;

/// The value of `purgatory.console=` and `--console` for no console.
pub const NONE: &str = "none";

/// A serial console: a 16550 at I/O ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serial {
    /// Its first port.
    pub port: u16,
    /// Its speed in bits per second; `None` leaves it as firmware set it.
    pub baud: Option<NonZeroU32>,
}

/// Why a value does not give a console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleError {
    /// The value has none of the forms.
    Form,
    /// The port cannot be the first port of a UART.
    Port,
    /// A UART cannot be set to the speed.
    Baud,
}

impl fmt::Display for ConsoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => {
                f.write_str("write ttyS0[,BAUD] to ttyS3[,BAUD], io,0xPORT[,BAUD], or none")
            }
            Self::Port => write!(f, "the port is a number from {MIN_PORT:#x} to {MAX_PORT:#x}"),
            Self::Baud => write!(
                f,
                "the speed is a divisor of {MAX_BAUD} that is at least {MIN_BAUD}, such as {MAX_BAUD} or 9600"
            ),
        }
    }
}

impl core::error::Error for ConsoleError {}

impl ConsoleError {
    /// Returns the reason why [`Serial::parse`] rejects `value`. The purgatory itself has no room for reasons.
    #[must_use]
    pub fn of(value: &[u8]) -> Self {
        let mut commas = value.iter().enumerate().filter(|(_, byte)| **byte == b',');
        if commas.any(|(end, _)| Serial::parse(&value[..end]).is_some()) {
            Self::Baud
        } else if value.starts_with(b"io,") {
            Self::Port
        } else {
            Self::Form
        }
    }
}

impl Serial {
    /// The first serial port of a PC, at the speed that firmware set.
    pub const DEFAULT: Self = Self { port: TTYS_PORTS[0], baud: None };

    /// Parses the value of `purgatory.console=` or `--console`, except [`NONE`]: `ttySN[,BAUD]` or `io,PORT[,BAUD]`.
    /// Returns `None` for other values; [`ConsoleError::of`] gives the reason.
    ///
    /// Numbers are decimal, or hexadecimal with `0x`. As in Linux's `console=`, options may follow BAUD (`9600n8`); the
    /// parser ignores them.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        Self::ttys(value).or_else(|| Self::io(value))
    }

    /// Returns the console whose first port is `port`, at the speed that firmware set; `None` for an invalid port.
    #[inline]
    #[must_use]
    pub fn at(port: u16) -> Option<Self> {
        (MIN_PORT..=MAX_PORT).contains(&port).then_some(Self { port, baud: None })
    }

    /// Returns the console that a loader's table describes; a `baud` of 0 leaves the speed as firmware set it.
    ///
    /// Calls `warn` with an invalid port, which gives `None`, or an invalid speed, which is ignored.
    #[must_use]
    pub fn from_table(port: u64, baud: u32, mut warn: impl FnMut(Warning, u64)) -> Option<Self> {
        let Some(mut serial) = u16::try_from(port).ok().and_then(Self::at) else {
            warn(Warning::SerialBaseUnknown, port);
            return None;
        };
        if baud != 0 {
            serial.baud = speed(baud.into());
            if serial.baud.is_none() {
                warn(Warning::SerialBaudUnknown, baud.into());
            }
        }
        Some(serial)
    }

    /// Parses `ttySN[,BAUD]`.
    #[must_use]
    pub fn ttys(text: &[u8]) -> Option<Self> {
        Self::numbered(text.strip_prefix(b"ttyS")?)
    }

    /// Parses `N[,BAUD]`, where N is the number of a ttyS.
    #[must_use]
    pub fn numbered(text: &[u8]) -> Option<Self> {
        let (number, rest) = number::leading(text)?;
        let port = *TTYS_PORTS.get(usize::try_from(number).ok()?)?;
        Some(Self { port, baud: baud(rest)? })
    }

    /// Parses `io,PORT[,BAUD]`.
    #[must_use]
    pub fn io(text: &[u8]) -> Option<Self> {
        Self::port(text.strip_prefix(b"io,")?)
    }

    /// Parses `PORT[,BAUD]`.
    #[must_use]
    pub fn port(text: &[u8]) -> Option<Self> {
        let (port, rest) = number::leading(text)?;
        let port = u16::try_from(port).ok()?;
        Some(Self { baud: baud(rest)?, ..Self::at(port)? })
    }
}

/// Parses `[,BAUD]`, or `,keep`, which follows the port in `earlyprintk=`; without a speed it is `Some(None)`.
fn baud(text: &[u8]) -> Option<Option<NonZeroU32>> {
    let [b',', options @ ..] = text else { return text.is_empty().then_some(None) };
    if options == b"keep" {
        return Some(None);
    }
    let (bits, _) = number::leading(options)?;
    speed(bits).map(Some)
}

/// Returns `baud` if a UART can be set to it: a divisor of [`MAX_BAUD`] that is at least [`MIN_BAUD`].
fn speed(baud: u64) -> Option<NonZeroU32> {
    let baud = NonZeroU32::new(u32::try_from(baud).ok()?)?;
    (baud.get() >= MIN_BAUD && MAX_BAUD.is_multiple_of(baud.get())).then_some(baud)
}

/// A console in the header of the native contract.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct Console {
    /// The kind: the number of a [`ConsoleKind`].
    pub kind: u8,
    /// None is defined: zeros.
    pub reserved: [u8; 3],
    /// The speed in bits per second; 0 leaves it as firmware set it. A divisor of 115,200 that is at least 1200.
    pub baud: u32,
    /// The address: the first of its eight I/O ports, 8 to 0xfff8.
    pub address: u64,
}

codes! {
    /// The kind of a console.
    ConsoleKind {
        /// An unused entry. If all entries are unused, the image's command line gives the consoles.
        Unused = 0, "unused";
        /// A 16550 at I/O ports.
        Uart16550 = 1, "16550";
        /// Ignores the consoles of the command line. The purgatory prints only to the other consoles of the header, or
        /// to none.
        None = 2, "none";
    }
}

impl Console {
    /// Returns the 16550 whose first I/O port is `port`, set to `baud` bits per second; 0 leaves the speed as firmware
    /// set it.
    #[must_use]
    pub const fn uart(port: u16, baud: u32) -> Self {
        Self { kind: ConsoleKind::Uart16550.code(), reserved: [0; 3], baud, address: port as u64 }
    }

    /// No console.
    pub const SILENT: Self =
        Self { kind: ConsoleKind::None.code(), reserved: [0; 3], baud: 0, address: 0 };

    /// Whether this version defines the kind, and the reserved bytes are zeros.
    #[must_use]
    pub fn is_known(&self) -> bool {
        ConsoleKind::from_code(self.kind).is_some() && self.reserved == [0; 3]
    }

    /// Returns the serial console, or `Some(None)` for no console; `None` for an unused entry or an invalid port.
    ///
    /// Calls `warn` as [`Serial::from_table`] does.
    #[must_use]
    pub fn setting(&self, warn: impl FnMut(Warning, u64)) -> Option<Option<Serial>> {
        match ConsoleKind::from_code(self.kind)? {
            ConsoleKind::Unused => None,
            ConsoleKind::None => Some(None),
            ConsoleKind::Uart16550 => Serial::from_table(self.address, self.baud, warn).map(Some),
        }
    }
}

impl From<Serial> for Console {
    fn from(Serial { port, baud }: Serial) -> Self {
        Self::uart(port, baud.map_or(0, NonZeroU32::get))
    }
}

const _: () = {
    assert!(size_of::<Console>() == 16);
    assert!(offset_of!(Console, kind) == 0);
    assert!(offset_of!(Console, reserved) == 1);
    assert!(offset_of!(Console, baud) == 4);
    assert!(offset_of!(Console, address) == 8);
};

#[cfg(test)]
mod tests {
    use super::*;

    fn serial(port: u16, baud: u32) -> Serial {
        Serial { port, baud: NonZeroU32::new(baud) }
    }

    #[test]
    fn parses_every_form() {
        for (value, expected) in [
            ("ttyS0", serial(0x3f8, 0)),
            ("ttyS1", serial(0x2f8, 0)),
            ("ttyS00", serial(0x3f8, 0)),
            ("ttyS3,115200", serial(0x2e8, 115_200)),
            ("ttyS0,0x2580", serial(0x3f8, 9600)),
            ("ttyS0,9600n8", serial(0x3f8, 9600)),
            ("ttyS0,9600,8n1", serial(0x3f8, 9600)),
            ("io,0x2f8", serial(0x2f8, 0)),
            ("io,760", serial(0x2f8, 0)),
            ("io,0x2e8,9600", serial(0x2e8, 9600)),
            ("io,8", serial(8, 0)),
            ("io,0xfff8,1200", serial(0xfff8, 1200)),
        ] {
            assert_eq!(Serial::parse(value.as_bytes()), Some(expected), "{value}");
        }
    }

    #[test]
    fn rejects_other_values_with_the_reason() {
        for (error, values) in [
            (
                ConsoleError::Form,
                &[
                    "",
                    "ttyS",
                    "ttyS4",
                    "ttyS18446744073709551616",
                    "ttyS0x",
                    "ttyS0n8",
                    "io",
                    "vga",
                    "none,9600",
                    "3f8",
                    "ttys0",
                ][..],
            ),
            (
                ConsoleError::Port,
                &[
                    "io,",
                    "io,3f8",
                    "io,7",
                    "io,0x7",
                    "io,0xfff9",
                    "io,65536",
                    "io,0x+3f8",
                    "io,ttyS0",
                ],
            ),
            (
                ConsoleError::Baud,
                &[
                    "ttyS0,",
                    "ttyS0,0",
                    "ttyS0,7",
                    "ttyS0,600",
                    "ttyS0,600,8n1",
                    "ttyS0,1199",
                    "ttyS0,7000",
                    "ttyS0,230400",
                    "ttyS0,4294967297",
                    "ttyS0,n",
                    "ttyS0,+9600",
                    "io,0x3f8,",
                ],
            ),
        ] {
            for value in values {
                assert_eq!(Serial::parse(value.as_bytes()), None, "{value}");
                assert_eq!(ConsoleError::of(value.as_bytes()), error, "{value}");
            }
        }
    }

    #[test]
    fn header_entries_keep_a_parsed_value() {
        let warn = |warning, value| panic!("{warning:?} at {value:#x}");
        for value in ["ttyS1", "io,0x2e8,9600"] {
            let serial = Serial::parse(value.as_bytes()).expect("a valid value");
            assert_eq!(Console::from(serial).setting(warn), Some(Some(serial)), "{value}");
        }
        assert_eq!(Console::SILENT.setting(warn), Some(None));
        assert_eq!(Console::default().setting(warn), None);
    }

    #[test]
    fn header_entries_with_an_invalid_port_or_speed_give_a_warning() {
        for (address, baud, expected, warning, value) in [
            (0x1_03f8, 9600, None, Warning::SerialBaseUnknown, 0x1_03f8),
            (7, 0, None, Warning::SerialBaseUnknown, 7),
            (0x2f8, 1000, Some(serial(0x2f8, 0)), Warning::SerialBaudUnknown, 1000),
        ] {
            let mut warnings = std::vec![];
            let console = Console { address, ..Console::uart(0, baud) };
            let setting = console.setting(|warning, value| warnings.push((warning, value)));
            assert_eq!(setting, expected.map(Some), "{console:?}");
            assert_eq!(warnings, [(warning, value)]);
        }
    }

    #[test]
    fn accepts_only_consoles_of_this_version() {
        for console in [Console::default(), Console::uart(0x3f8, 9600), Console::SILENT] {
            assert!(console.is_known(), "{console:?}");
        }
        for console in [
            Console { kind: 3, ..Console::default() },
            Console { reserved: [0, 0, 1], ..Console::uart(0x3f8, 0) },
        ] {
            assert!(!console.is_known(), "{console:?}");
        }
    }
}

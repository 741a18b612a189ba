//! Which serial ports to speak on, by the words of a command line.
//!
//! Source: `Documentation/admin-guide/kernel-parameters.txt`, `console=`, `earlycon=`, `earlyprintk=`.

use core::num::NonZeroU32;
use purgatory_abi::number;
use purgatory_abi::uart::{self, TTYS_PORTS};

/// A 16550 behind I/O ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serial {
    /// Its first port.
    pub port: u16,
    /// Bits per second to set it to; `None` leaves it as firmware did.
    pub baud: Option<NonZeroU32>,
}

impl Serial {
    /// Where PCs have their first serial port, as firmware left it.
    pub const DEFAULT: Self = Self { port: TTYS_PORTS[0], baud: None };

    /// From `ttySn[,BAUD…]`.
    fn ttys(text: &[u8]) -> Option<Self> {
        Self::numbered(text.strip_prefix(b"ttyS")?)
    }

    /// From `n[,BAUD…]`.
    fn numbered(text: &[u8]) -> Option<Self> {
        let (number, rest) = number::leading(text)?;
        let port = *TTYS_PORTS.get(usize::try_from(number).ok()?)?;
        Some(Self { port, baud: baud(rest)? })
    }

    /// From `io,0xPORT[,BAUD…]`.
    fn io(text: &[u8]) -> Option<Self> {
        Self::port(text.strip_prefix(b"io,")?)
    }

    /// From `0xPORT[,BAUD…]`.
    fn port(text: &[u8]) -> Option<Self> {
        let (port, rest) = number::leading(text)?;
        Some(Self { baud: baud(rest)?, ..Self::at(u16::try_from(port).ok()?)? })
    }

    /// The UART whose first port is `port`, at the speed that firmware left it at; `None` where no UART can be.
    pub(crate) fn at(port: u16) -> Option<Self> {
        uart::is_first_port(port).then_some(Self { port, baud: None })
    }

    /// A speed that a PC's UART can be set to.
    pub(crate) fn speed(bits: u64) -> Option<NonZeroU32> {
        let bits = NonZeroU32::new(u32::try_from(bits).ok()?)?;
        uart::is_baud(bits.get()).then_some(bits)
    }

    /// From the value of `purgatory.console=`, `none` aside.
    pub(super) fn own(value: &[u8]) -> Option<Self> {
        Self::ttys(value).or_else(|| Self::io(value))
    }

    /// From the value of Linux's `console=` or `earlycon=`.
    pub(super) fn console(value: &[u8]) -> Option<Self> {
        let uart = || value.strip_prefix(b"uart8250,").or_else(|| value.strip_prefix(b"uart,"));
        Self::ttys(value).or_else(|| Self::io(uart()?))
    }

    /// From the value of Linux's `earlyprintk=` (`arch/x86/kernel/early_printk.c`, `setup_early_printk`).
    pub(super) fn earlyprintk(value: &[u8]) -> Option<Self> {
        match value.strip_prefix(b"serial") {
            Some(b"") => Some(Self::DEFAULT),
            // Without 0x it is the number of a ttyS, whether or not that stands before it.
            Some([b',', port @ ..]) if port.starts_with(b"0x") => Self::port(port),
            Some([b',', port @ ..]) => Self::ttys(port).or_else(|| Self::numbered(port)),
            Some(_) => None,
            None => Self::ttys(value),
        }
    }
}

/// A speed behind a comma (`,115200n8`): `None` if something else stands there or it is no speed that a PC's UART can
/// be set to, `Some(None)` if nothing does.
fn baud(text: &[u8]) -> Option<Option<NonZeroU32>> {
    let [b',', options @ ..] = text else { return text.is_empty().then_some(None) };
    // `keep` is what earlyprintk= may say behind its port.
    if options == b"keep" {
        return Some(None);
    }
    let (bits, _) = number::leading(options)?;
    Serial::speed(bits).map(Some)
}

/// Where to speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consoles {
    list: [Option<Serial>; TTYS_PORTS.len()],
    /// Whether to speak on the VGA text screen too. Only the blob for kexec-tools sets it.
    pub(crate) vga: bool,
}

impl Consoles {
    /// How many can be spoken on at once: all serial ports that a PC has.
    pub const MOST: usize = TTYS_PORTS.len();

    /// One port and no other.
    pub(crate) const fn only(serial: Serial) -> Self {
        Self { list: [Some(serial), None, None, None], vga: false }
    }

    /// Adds a port that is not among them yet, if there is room.
    #[inline(never)]
    pub(crate) fn add(&mut self, serial: Serial) {
        for slot in &mut self.list {
            if slot.get_or_insert(serial).port == serial.port {
                return;
            }
        }
    }

    /// Each serial port.
    pub fn iter(&self) -> impl Iterator<Item = &Serial> {
        self.list.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serial(port: u16, baud: Option<u32>) -> Option<Serial> {
        Some(Serial { port, baud: baud.and_then(NonZeroU32::new) })
    }

    #[test]
    fn every_spelling_of_a_serial_port_is_known() {
        assert_eq!(Serial::own(b"ttyS1"), serial(0x2f8, None));
        assert_eq!(Serial::own(b"io,0x2e8,9600"), serial(0x2e8, Some(9600)));
        assert_eq!(Serial::console(b"ttyS3,115200n8"), serial(0x2e8, Some(115_200)));
        assert_eq!(Serial::console(b"uart8250,io,0x3f8,38400n8"), serial(0x3f8, Some(38_400)));
        assert_eq!(Serial::console(b"uart,io,0x3e8"), serial(0x3e8, None));
        assert_eq!(Serial::earlyprintk(b"serial"), serial(0x3f8, None));
        assert_eq!(Serial::earlyprintk(b"serial,ttyS1,115200"), serial(0x2f8, Some(115_200)));
        assert_eq!(Serial::earlyprintk(b"serial,0x2f8,keep"), serial(0x2f8, None));
        assert_eq!(Serial::earlyprintk(b"serial,1,9600"), serial(0x2f8, Some(9600)));
        assert_eq!(Serial::earlyprintk(b"ttyS0,115200,keep"), serial(0x3f8, Some(115_200)));
    }

    #[test]
    fn what_is_no_serial_port_of_a_pc_is_none() {
        for value in [
            "ttyS4",
            "ttyS",
            "ttyS18446744073709551616",
            "ttyS0x",
            "ttyS0,0",
            "ttyS0,7",
            "ttyS0,600",
            "ttyS0,4294967297",
            "io,0xfff9",
            "io,65536",
            "vga",
            "",
        ] {
            assert_eq!(Serial::own(value.as_bytes()), None, "{value}");
        }
        assert_eq!(Serial::console(b"tty0"), None);
        assert_eq!(Serial::console(b"uart8250,mmio32,0xfe000000"), None);
        assert_eq!(Serial::earlyprintk(b"serialx"), None);
        assert_eq!(Serial::earlyprintk(b"serial,760"), None);
        assert_eq!(Serial::earlyprintk(b"vga"), None);
    }

    #[test]
    fn a_port_is_spoken_on_once_and_four_are_all() {
        let mut consoles = Consoles::default();
        for port in [0x3f8, 0x2f8, 0x3f8, 0x3e8, 0x2e8, 0x100] {
            consoles.add(Serial { port, baud: None });
        }
        assert_eq!(
            consoles.iter().map(|serial| serial.port).collect::<Vec<_>>(),
            [0x3f8, 0x2f8, 0x3e8, 0x2e8]
        );
    }
}

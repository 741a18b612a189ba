//! The serial consoles that Linux's parameters give, and the list of all consoles.
//!
//! Source: `Documentation/admin-guide/kernel-parameters.txt`, `console=`, `earlycon=`, `earlyprintk=`.

use purgatory_abi::console::{Serial, TTYS_PORTS};

/// Parses the value of Linux's `console=` or `earlycon=`.
pub(super) fn console(value: &[u8]) -> Option<Serial> {
    match value.strip_prefix(b"uart8250,").or_else(|| value.strip_prefix(b"uart,")) {
        Some(uart) => Serial::io(uart),
        None => Serial::ttys(value),
    }
}

/// Parses the value of Linux's `earlyprintk=` (`arch/x86/kernel/early_printk.c`, `setup_early_printk`).
pub(super) fn earlyprintk(value: &[u8]) -> Option<Serial> {
    match value.strip_prefix(b"serial") {
        Some(b"") => Some(Serial::DEFAULT),
        // Without 0x it is the number of a ttyS, with or without `ttyS` before it.
        Some([b',', port @ ..]) if port.starts_with(b"0x") => Serial::port(port),
        Some([b',', port @ ..]) => Serial::ttys(port).or_else(|| Serial::numbered(port)),
        Some(_) => None,
        None => Serial::ttys(value),
    }
}

/// The consoles on which the report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consoles {
    list: [Option<Serial>; TTYS_PORTS.len()],
    /// Whether to print on the VGA text screen too. Only the blob for kexec-tools sets it.
    pub(crate) vga: bool,
}

impl Consoles {
    /// The maximum number of serial consoles: all serial ports of a PC.
    pub const MOST: usize = TTYS_PORTS.len();

    /// Returns a list with only this port.
    pub(crate) const fn only(serial: Serial) -> Self {
        Self { list: [Some(serial), None, None, None], vga: false }
    }

    /// Adds a port that is not in the list, if there is room.
    #[inline(never)]
    pub(crate) fn add(&mut self, serial: Serial) {
        for slot in &mut self.list {
            if slot.get_or_insert(serial).port == serial.port {
                return;
            }
        }
    }

    /// Returns each serial port.
    pub fn iter(&self) -> impl Iterator<Item = &Serial> {
        self.list.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::num::NonZeroU32;

    fn serial(port: u16, baud: u32) -> Option<Serial> {
        Some(Serial { port, baud: NonZeroU32::new(baud) })
    }

    #[test]
    fn parses_every_form_of_linux() {
        assert_eq!(console(b"ttyS3,115200n8"), serial(0x2e8, 115_200));
        assert_eq!(console(b"uart8250,io,0x3f8,38400n8"), serial(0x3f8, 38_400));
        assert_eq!(console(b"uart,io,0x3e8"), serial(0x3e8, 0));
        assert_eq!(earlyprintk(b"serial"), serial(0x3f8, 0));
        assert_eq!(earlyprintk(b"serial,ttyS1,115200"), serial(0x2f8, 115_200));
        assert_eq!(earlyprintk(b"serial,0x2f8,keep"), serial(0x2f8, 0));
        assert_eq!(earlyprintk(b"serial,1,9600"), serial(0x2f8, 9600));
        assert_eq!(earlyprintk(b"ttyS0,115200,keep"), serial(0x3f8, 115_200));
    }

    #[test]
    fn ignores_other_values_of_linux() {
        for value in [
            "tty0",
            "ttyS4",
            "ttyS0,7",
            "io,0x3f8",
            "uart,ttyS0",
            "uart8250,io,0xfff9",
            "uart8250,mmio32,0xfe000000",
            "none",
        ] {
            assert_eq!(console(value.as_bytes()), None, "{value}");
        }
        for value in
            ["serialx", "serial,760", "serial,0x7", "serial,ttyS0,600", "ttyS4", "vga", "none"]
        {
            assert_eq!(earlyprintk(value.as_bytes()), None, "{value}");
        }
    }

    #[test]
    fn keeps_each_port_once_and_at_most_four_ports() {
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

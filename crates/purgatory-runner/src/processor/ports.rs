//! The I/O ports: one UART that is always ready, and nobody else.
//!
//! Source: the registers of the 16550, which every later PC UART has; offset 0 is data, 3 is LCR, 5 is LSR.

/// The first port of ttyS0, where a purgatory speaks unless it is told otherwise.
const TTYS0: u16 = 0x3f8;
/// Line control: bit 7 (DLAB) puts the divisor in the place of the data.
const LCR: u16 = TTYS0 + 3;
const DLAB: u8 = 1 << 7;
/// Line status: bits 5 and 6 say that what was sent has left.
const LSR: u16 = TTYS0 + 5;
const READY: u8 = 0x60;
/// What a port reads at which there is no device.
const NOBODY: u8 = 0xff;
/// Bytes that are kept of what is said: no report is longer.
const MOST: usize = 64 << 10;

/// The ports.
#[derive(Clone, Debug, Default)]
pub struct Ports {
    said: Vec<u8>,
    lcr: u8,
}

impl Ports {
    /// What was said on ttyS0. Bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.said).into_owned()
    }

    pub(super) fn read(&self, port: u16) -> u8 {
        match port {
            LSR => READY,
            LCR => self.lcr,
            _ => NOBODY,
        }
    }

    pub(super) fn write(&mut self, port: u16, value: u8) {
        match port {
            LCR => self.lcr = value,
            TTYS0 if self.lcr & DLAB == 0 && self.said.len() < MOST => self.said.push(value),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_kept() {
        let mut ports = Ports::default();
        for byte in b"no" {
            assert_eq!(ports.read(LSR), READY);
            ports.write(TTYS0, *byte);
        }
        assert_eq!(ports.said(), "no");
    }

    #[test]
    fn a_divisor_other_ports_and_endless_talk_are_not_kept() {
        let mut ports = Ports::default();
        ports.write(LCR, DLAB);
        ports.write(TTYS0, b'1');
        ports.write(LCR, 3);
        ports.write(0x2f8, b'2');
        assert_eq!((ports.said(), ports.read(LCR), ports.read(0x64)), (String::new(), 3, NOBODY));
        for _ in 0..MOST + 1 {
            ports.write(TTYS0, b'x');
        }
        assert_eq!(ports.said().len(), MOST);
    }
}

//! The I/O ports: two UARTs that are always ready, and no other device.
//!
//! Source: the registers of the 16550, which every later PC UART has; offset 0 is data, 3 is LCR, 5 is LSR.

/// The first ports of ttyS0, where a purgatory prints by default, and of ttyS1.
const BASES: [u16; 2] = [0x3f8, 0x2f8];
/// Offset of the transmitted byte.
const DATA: u16 = 0;
/// Line control: bit 7 (DLAB) replaces the data register by the divisor.
const LCR: u16 = 3;
const DLAB: u8 = 1 << 7;
/// Line status: bits 5 and 6 are set when all bytes have been transmitted.
const LSR: u16 = 5;
const READY: u8 = 0x60;
/// The value of a port without a device.
const FLOATING_BUS: u8 = 0xff;
/// The maximum number of bytes that are kept of a UART's output. No report is longer.
const MAX_OUTPUT: usize = 64 << 10;

/// A UART.
#[derive(Clone, Debug, Default)]
struct Uart {
    output: Vec<u8>,
    lcr: u8,
}

/// The ports.
#[derive(Clone, Debug, Default)]
pub struct Ports {
    uarts: [Uart; 2],
}

impl Ports {
    /// Returns the output on ttyS0 and on ttyS1, with replacement characters for bytes that are not UTF-8.
    #[must_use]
    pub fn into_output(self) -> [String; 2] {
        self.uarts.map(|uart| String::from_utf8_lossy(&uart.output).into_owned())
    }

    pub(super) fn read(&mut self, port: u16) -> u8 {
        match self.register(port) {
            Some((_, LSR)) => READY,
            Some((uart, LCR)) => uart.lcr,
            _ => FLOATING_BUS,
        }
    }

    pub(super) fn write(&mut self, port: u16, value: u8) {
        match self.register(port) {
            Some((uart, LCR)) => uart.lcr = value,
            Some((uart, DATA)) if uart.lcr & DLAB == 0 && uart.output.len() < MAX_OUTPUT => {
                uart.output.push(value);
            }
            _ => {}
        }
    }

    /// Returns the UART that has this port, and the number of the register.
    fn register(&mut self, port: u16) -> Option<(&mut Uart, u16)> {
        let mut uarts = self.uarts.iter_mut().zip(BASES);
        uarts.find_map(|(uart, base)| Some((uart, port.checked_sub(base).filter(|at| *at < 8)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_uart_keeps_its_own_output() {
        let mut ports = Ports::default();
        for (base, text) in BASES.into_iter().zip([b"no", b"ok"]) {
            for byte in text {
                assert_eq!(ports.read(base + LSR), READY);
                ports.write(base, *byte);
            }
        }
        assert_eq!(ports.into_output(), ["no", "ok"]);
    }

    #[test]
    fn ignores_divisors_other_ports_and_excessive_output() {
        let mut ports = Ports::default();
        ports.write(BASES[0] + LCR, DLAB);
        ports.write(BASES[0], b'1');
        ports.write(BASES[0] + LCR, 3);
        // Neither ttyS2 nor the last register of ttyS1.
        ports.write(0x3e8, b'2');
        ports.write(0x2ff, b'3');
        assert_eq!([0x3fb, 0x2fb, 0x64].map(|port| ports.read(port)), [3, 0, FLOATING_BUS]);
        assert_eq!(ports.clone().into_output(), ["", ""]);
        for _ in 0..MAX_OUTPUT + 1 {
            ports.write(BASES[0], b'x');
        }
        assert_eq!(ports.into_output()[0].len(), MAX_OUTPUT);
    }
}

//! The I/O ports: two UARTs that are always ready, a real-time clock, and two ways to reset the machine.
//!
//! The clock is fast: it shows the next second at every fourth read, so that waits are short.
//!
//! Source: the registers of the 16550, which every later PC UART has; offset 0 is data, 3 is LCR, 5 is LSR. MC146818:
//! register 0 has the seconds in BCD. The keyboard controller and the chipset's reset register as in
//! `arch/x86/kernel/reboot.c`, `native_machine_emergency_restart`.

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
/// The clock: the port of the register's number, the port of its value, and the register of the seconds.
const CLOCK_INDEX: u16 = 0x70;
const CLOCK_VALUE: u16 = 0x71;
const SECONDS: u8 = 0;
/// Reads of the seconds until the clock shows the next one.
const READS_PER_SECOND: u32 = 4;
/// The keyboard controller's command port and its command to reset the processor.
const KEYBOARD: u16 = 0x64;
const PULSE_RESET: u8 = 0xfe;
/// The chipset's reset register, and its bit that resets the machine.
const RESET_CONTROL: u16 = 0xcf9;
const RESET_NOW: u8 = 1 << 2;
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
    clock_index: u8,
    clock_reads: u32,
}

impl Ports {
    /// Returns the output on ttyS0 and on ttyS1, with replacement characters for bytes that are not UTF-8.
    #[must_use]
    pub fn into_output(self) -> [String; 2] {
        self.uarts.map(|uart| String::from_utf8_lossy(&uart.output).into_owned())
    }

    pub(super) fn read(&mut self, port: u16) -> u8 {
        match self.register(port) {
            Some((_, LSR)) => return READY,
            Some((uart, LCR)) => return uart.lcr,
            _ => {}
        }
        match port {
            CLOCK_VALUE if self.clock_index == SECONDS => {
                self.clock_reads = self.clock_reads.wrapping_add(1);
                let seconds = (self.clock_reads / READS_PER_SECOND % 60) as u8;
                ((seconds / 10) << 4) | (seconds % 10)
            }
            // No update is in progress, and the keyboard controller has read the last command.
            CLOCK_VALUE | KEYBOARD => 0,
            _ => FLOATING_BUS,
        }
    }

    /// Writes a byte. Returns whether it resets the machine.
    pub(super) fn write(&mut self, port: u16, value: u8) -> bool {
        match self.register(port) {
            Some((uart, LCR)) => uart.lcr = value,
            Some((uart, DATA)) if uart.lcr & DLAB == 0 && uart.output.len() < MAX_OUTPUT => {
                uart.output.push(value);
            }
            _ => {}
        }
        match port {
            CLOCK_INDEX => self.clock_index = value,
            KEYBOARD => return value == PULSE_RESET,
            RESET_CONTROL => return value & RESET_NOW != 0,
            _ => {}
        }
        false
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
        assert_eq!([0x3fb, 0x2fb, 0x80].map(|port| ports.read(port)), [3, 0, FLOATING_BUS]);
        assert_eq!(ports.clone().into_output(), ["", ""]);
        for _ in 0..MAX_OUTPUT + 1 {
            ports.write(BASES[0], b'x');
        }
        assert_eq!(ports.into_output()[0].len(), MAX_OUTPUT);
    }

    #[test]
    fn the_clock_advances_with_its_reads() {
        let mut ports = Ports::default();
        ports.write(CLOCK_INDEX, 0x0a);
        assert_eq!(ports.read(CLOCK_VALUE), 0);
        ports.write(CLOCK_INDEX, SECONDS);
        let shown: Vec<_> = (0..41).map(|_| ports.read(CLOCK_VALUE)).collect();
        assert_eq!([shown[0], shown[3], shown[38], shown[39]], [0, 1, 9, 0x10]);
    }

    #[test]
    fn only_reset_commands_reset_the_machine() {
        let mut ports = Ports::default();
        for (port, value, resets) in [
            (KEYBOARD, PULSE_RESET, true),
            (KEYBOARD, 0xff, false),
            (RESET_CONTROL, 2, false),
            (RESET_CONTROL, 6, true),
            (0x3f8, PULSE_RESET, false),
        ] {
            assert_eq!(ports.write(port, value), resets, "{port:#x}");
        }
        assert_eq!(ports.read(KEYBOARD), 0);
    }
}

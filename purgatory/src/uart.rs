//! A serial port whose waits are all bounded.
//!
//! The driver is the uart_16550 crate's. It waits without a bound for a UART that never becomes ready. The backend in
//! this module ends such a wait: after [`MAX_STATUS_READS`] status reads in a row that report "not ready", or after the
//! first access that faults, it treats the UART as dead. It then drops all writes, and the status register reads
//! "ready".

#![allow(
    unsafe_code,
    reason = "the driver's trait for a backend, and its constructor for one, are unsafe"
)]

use crate::ports::Ports;
use core::num::NonZeroU32;
use purgatory_abi::console::{MAX_BAUD, Serial};
use uart_16550::Uart16550;
use uart_16550::backend::Backend;
use uart_16550::spec::registers::{LCR, LSR, MCR, offsets};

/// Maximum number of status reads while one byte is sent. A port read takes about a microsecond. A byte takes eight
/// milliseconds at 1200 bit/s, and a FIFO of 128 bytes that the running kernel has filled takes an eighth of a second
/// at 9600 bit/s.
const MAX_STATUS_READS: u32 = 1 << 18;

/// The value that a port without a UART reads.
const FLOATING_BUS: u8 = 0xff;

/// A serial port to print on. A port without a UART is dead from the start.
pub struct Uart<P> {
    ports: P,
    base: u16,
    waited: u32,
    dead: bool,
}

impl<P: Ports> Uart<P> {
    /// Opens the port, and sets its speed if one is configured.
    #[inline(never)]
    pub fn open(mut ports: P, serial: Serial) -> Self {
        let status = ports.read(serial.port.wrapping_add(offsets::LSR as u16));
        let dead = status.is_none_or(|status| status == FLOATING_BUS);
        let mut uart = Self { ports, base: serial.port, waited: 0, dead };
        if let Some(baud) = serial.baud {
            uart.set_speed(baud);
        }
        uart
    }

    /// Sends bytes, each one after the byte before it has left. A dead UART drops them.
    ///
    /// One byte at a time, because firmware may have left the FIFO disabled.
    #[inline(never)]
    pub fn send(&mut self, bytes: &[u8]) {
        // SAFETY: the image's own command line or the PC's convention gives this port as a serial port. No other driver
        // uses it: the running kernel has ended, and the target kernel has not started.
        let mut driver = unsafe { Uart16550::new_with_backend(self) };
        for byte in bytes {
            // Ends because the backend limits the wait: after that, the UART is dead and reads "ready".
            while driver.try_send_byte(*byte).is_err() {
                core::hint::spin_loop();
            }
        }
    }

    /// Sets `baud` bits per second, eight data bits and no parity, and raises DTR and RTS.
    ///
    /// The driver's `init` also tests the UART and configures more than this purgatory needs. It would cost 700 bytes.
    fn set_speed(&mut self, baud: NonZeroU32) {
        let divisor = MAX_BAUD / baud;
        let format = LCR::WORD_LENGTH0.union(LCR::WORD_LENGTH1);
        let ready = MCR::DTR.union(MCR::RTS);
        // Waits until the text of the running kernel has left, at the old speed.
        while self.read(offsets::LSR as u8) & LSR::TRANSMITTER_EMPTY.bits() == 0 {
            core::hint::spin_loop();
        }
        for (register, value) in [
            (offsets::LCR as u8, format.union(LCR::DLAB).bits()),
            (offsets::DLL as u8, divisor as u8),
            (offsets::DLM as u8, (divisor >> 8) as u8),
            (offsets::LCR as u8, format.bits()),
            (offsets::MCR as u8, ready.bits()),
        ] {
            self.write(register, value);
        }
    }

    #[inline(never)]
    fn read(&mut self, register: u8) -> u8 {
        const READY: u8 = LSR::TRANSMITTER_EMPTY.union(LSR::THR_EMPTY).bits();
        let is_status = register == offsets::LSR as u8;
        if !self.dead {
            match self.ports.read(self.port(register)) {
                Some(value) if !is_status => return value,
                Some(value) if value & READY == READY => {
                    self.waited = 0;
                    return value;
                }
                Some(value) if self.waited < MAX_STATUS_READS => {
                    self.waited += 1;
                    return value;
                }
                _ => self.dead = true,
            }
        }
        if is_status { READY } else { 0 }
    }

    #[inline(never)]
    fn write(&mut self, register: u8, value: u8) {
        if register == offsets::DATA as u8 {
            self.waited = 0;
        }
        if !self.dead && self.ports.write(self.port(register), value).is_none() {
            self.dead = true;
        }
    }

    fn port(&self, register: u8) -> u16 {
        self.base.wrapping_add(u16::from(register))
    }
}

impl<P: Ports> Backend for &mut Uart<P> {
    unsafe fn read(&mut self, register: u8) -> u8 {
        Uart::read(self, register)
    }

    unsafe fn write(&mut self, register: u8, value: u8) {
        Uart::write(self, register, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    /// The ports of a machine with one UART: the test sets the status register, and every access is counted.
    #[derive(Default)]
    struct Machine {
        status: Option<u8>,
        busy_for: u32,
        scratch: u8,
        sent: Vec<u8>,
        divisor: [u8; 2],
        latch: bool,
        accesses: u32,
    }

    #[derive(Clone)]
    struct Wires(Rc<RefCell<Machine>>);

    impl Ports for Wires {
        fn read(&mut self, port: u16) -> Option<u8> {
            let mut machine = self.0.borrow_mut();
            machine.accesses += 1;
            match port - 0x3f8 {
                5 if machine.busy_for > 0 => {
                    machine.busy_for -= 1;
                    Some(0)
                }
                5 => machine.status,
                7 => machine.status.map(|_| machine.scratch),
                _ => machine.status.map(|_| 0),
            }
        }

        fn write(&mut self, port: u16, value: u8) -> Option<()> {
            let mut machine = self.0.borrow_mut();
            machine.accesses += 1;
            match port - 0x3f8 {
                0 if machine.latch => machine.divisor[0] = value,
                1 if machine.latch => machine.divisor[1] = value,
                0 => machine.sent.push(value),
                3 => machine.latch = value & 0x80 != 0,
                7 => machine.scratch = value,
                _ => {}
            }
            machine.status.map(|_| ())
        }
    }

    fn wires(status: Option<u8>, busy_for: u32) -> Wires {
        Wires(Rc::new(RefCell::new(Machine { status, busy_for, ..Machine::default() })))
    }

    const READY: Option<u8> = Some(0x60);

    #[test]
    fn sends_every_byte_to_a_uart_that_is_busy_at_first() {
        let wires = wires(READY, 1000);
        let mut uart = Uart::open(wires.clone(), Serial::DEFAULT);
        uart.send(b"purgatory: ");
        assert_eq!(wires.0.borrow().sent, b"purgatory: ");
    }

    #[test]
    fn gives_up_a_uart_that_never_becomes_ready() {
        let wires = wires(Some(0), 0);
        let mut uart = Uart::open(wires.clone(), Serial::DEFAULT);
        uart.send(b"purgatory: ");
        let once = wires.0.borrow().accesses;
        uart.send(b"again and again");
        assert_eq!(wires.0.borrow().accesses, once, "a dead UART is not accessed");
        assert!(once < MAX_STATUS_READS + 16);
        assert_eq!(wires.0.borrow().sent, b"");
    }

    #[test]
    fn detects_a_missing_uart_and_faulting_ports_with_one_access() {
        for status in [Some(FLOATING_BUS), None] {
            let wires = wires(status, 0);
            let mut uart =
                Uart::open(wires.clone(), Serial { port: 0x3f8, baud: NonZeroU32::new(9600) });
            uart.send(b"purgatory: ");
            assert_eq!(wires.0.borrow().accesses, 1);
            assert_eq!(wires.0.borrow().sent, b"");
        }
    }

    #[test]
    fn sets_the_speed_only_if_one_is_configured() {
        let set = wires(READY, 0);
        Uart::open(set.clone(), Serial { port: 0x3f8, baud: NonZeroU32::new(9600) });
        assert_eq!(set.0.borrow().divisor, [12, 0]);
        let left = wires(READY, 0);
        Uart::open(left.clone(), Serial::DEFAULT);
        assert_eq!(left.0.borrow().divisor, [0, 0]);
    }

    #[test]
    fn setting_the_speed_ends_if_the_uart_never_drains() {
        let wires = wires(Some(0), 0);
        Uart::open(wires.clone(), Serial { port: 0x3f8, baud: NonZeroU32::new(9600) });
        assert!(wires.0.borrow().accesses < MAX_STATUS_READS + 64);
    }
}

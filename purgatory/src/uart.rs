//! A serial port that cannot hold anybody up.
//!
//! The driver is the uart_16550 crate's; it waits for a UART that never gets ready as long as there is one. The
//! backend below it ends every such wait: after [`PATIENCE`] status reads in a row that say "not ready", or the first
//! access that faults, the UART counts as dead, is told nothing any more, and its status register reads "ready".

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

/// Status reads to wait for one byte to leave. A port read takes a microsecond or so, a byte at 1200 bit/s eight
/// milliseconds, and a FIFO of 128 bytes that the old kernel has filled, at 9600 bit/s, an eighth of a second.
const PATIENCE: u32 = 1 << 18;

/// What the status register of a port without a UART reads.
const NOBODY: u8 = 0xff;

/// A serial port to print on. One without a UART is dead from the start.
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
        let dead = status.is_none_or(|status| status == NOBODY);
        let mut uart = Self { ports, base: serial.port, waited: 0, dead };
        if let Some(baud) = serial.baud {
            uart.set_speed(baud);
        }
        uart
    }

    /// Sends bytes, each when the one before has left; what a dead UART is given is lost.
    ///
    /// One at a time: nobody knows whether firmware has switched the FIFO on.
    #[inline(never)]
    pub fn send(&mut self, bytes: &[u8]) {
        // SAFETY: the port was named as a serial port by the image's own command line or by the PC's convention, and no
        // driver is left that could use it: the old kernel is dead and the new one has not begun.
        let mut driver = unsafe { Uart16550::new_with_backend(self) };
        for byte in bytes {
            // Ends within the backend's patience: after that, the UART is dead and reads "ready".
            while driver.try_send_byte(*byte).is_err() {
                core::hint::spin_loop();
            }
        }
    }

    /// Sets `baud` bits per second, eight data bits, no parity, and says that we are there.
    ///
    /// The driver's own `init` also tests and configures what nobody needs here, and cost 700 bytes.
    fn set_speed(&mut self, baud: NonZeroU32) {
        let divisor = MAX_BAUD / baud;
        let format = LCR::WORD_LENGTH0.union(LCR::WORD_LENGTH1);
        let ready = MCR::DTR.union(MCR::RTS);
        // Let what the old kernel said leave at the speed at which it said it.
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
                Some(value) if self.waited < PATIENCE => {
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

    /// A machine's ports: a UART whose status register is made up, and a count of all that is done to it.
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
    fn a_uart_that_is_busy_for_a_while_gets_every_byte() {
        let wires = wires(READY, 1000);
        let mut uart = Uart::open(wires.clone(), Serial::DEFAULT);
        uart.send(b"purgatory: ");
        assert_eq!(wires.0.borrow().sent, b"purgatory: ");
    }

    #[test]
    fn a_uart_that_never_gets_ready_is_given_up_for_good() {
        let wires = wires(Some(0), 0);
        let mut uart = Uart::open(wires.clone(), Serial::DEFAULT);
        uart.send(b"purgatory: ");
        let once = wires.0.borrow().accesses;
        uart.send(b"again and again");
        assert_eq!(wires.0.borrow().accesses, once, "a dead UART costs nothing");
        assert!(once < PATIENCE + 16);
        assert_eq!(wires.0.borrow().sent, b"");
    }

    #[test]
    fn no_uart_and_ports_that_fault_are_seen_at_once() {
        for status in [Some(NOBODY), None] {
            let wires = wires(status, 0);
            let mut uart =
                Uart::open(wires.clone(), Serial { port: 0x3f8, baud: NonZeroU32::new(9600) });
            uart.send(b"purgatory: ");
            assert_eq!(wires.0.borrow().accesses, 1);
            assert_eq!(wires.0.borrow().sent, b"");
        }
    }

    #[test]
    fn a_speed_is_set_where_one_is_asked_for_and_left_alone_else() {
        let set = wires(READY, 0);
        Uart::open(set.clone(), Serial { port: 0x3f8, baud: NonZeroU32::new(9600) });
        assert_eq!(set.0.borrow().divisor, [12, 0]);
        let left = wires(READY, 0);
        Uart::open(left.clone(), Serial::DEFAULT);
        assert_eq!(left.0.borrow().divisor, [0, 0]);
    }

    #[test]
    fn setting_the_speed_of_a_uart_that_never_drains_ends() {
        let wires = wires(Some(0), 0);
        Uart::open(wires.clone(), Serial { port: 0x3f8, baud: NonZeroU32::new(9600) });
        assert!(wires.0.borrow().accesses < PATIENCE + 64);
    }
}

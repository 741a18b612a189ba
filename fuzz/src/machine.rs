//! A machine for complete runs of the purgatory: memory in pieces, a UART and a screen.

use purgatory::digest_scheme::DigestScheme;
use purgatory::fault::Faults;
use purgatory::hardware;
use purgatory::memory::{Memory, Unmapped};
use purgatory::plan::Plan;
use purgatory::ports::Ports;
use purgatory::run::run;
use purgatory::vga::screen::Cells;
use purgatory::warnings::Warnings;
use purgatory_abi::{EntryRegs, Region};
use purgatory_sha256::Instructions;
use std::cell::RefCell;
use std::rc::Rc;

/// The UART: its registers for data, line control and line status, and the status of an idle transmitter.
const DATA: u16 = 0x3f8;
const LINE_CONTROL: u16 = DATA + 3;
const LINE_STATUS: u16 = DATA + 5;
const IDLE: u8 = 0x60;

/// The bit of line control that makes the data register part of the divisor.
const DIVISOR: u8 = 0x80;

/// Memory: addresses and bytes.
#[derive(Default)]
pub struct Pieces(pub Vec<(u64, Vec<u8>)>);

impl Memory for Pieces {
    fn run(&self, address: u64, max: u64) -> Result<&[u8], Unmapped> {
        let from = |(start, bytes): &'_ (u64, Vec<u8>)| {
            let offset = usize::try_from(address.checked_sub(*start)?).ok()?;
            (offset < bytes.len()).then_some(offset)
        };
        let found = self.0.iter().find_map(|piece| Some(&piece.1[from(piece)?..]));
        let bytes = found.ok_or(Unmapped { address })?;
        Ok(&bytes[..bytes.len().min(usize::try_from(max).unwrap_or(usize::MAX))])
    }

    fn whole(&self, address: u64, len: u64) -> Result<&[u8], Unmapped> {
        if len == 0 {
            return Ok(&[]);
        }
        let run = self.run(address, len)?;
        let end = address.wrapping_add(run.len() as u64);
        if run.len() as u64 == len { Ok(run) } else { Err(Unmapped { address: end }) }
    }
}

/// Ports with one UART, ttyS0.
#[derive(Clone, Default)]
pub struct Serial(Rc<RefCell<Uart>>);

#[derive(Default)]
struct Uart {
    line_control: u8,
    text: Vec<u8>,
}

impl Ports for Serial {
    fn read(&mut self, port: u16) -> Option<u8> {
        Some(if port == LINE_STATUS { IDLE } else { 0xff })
    }

    fn write(&mut self, port: u16, value: u8) -> Option<()> {
        let mut uart = self.0.borrow_mut();
        match port {
            DATA if uart.line_control & DIVISOR == 0 => uart.text.push(value),
            LINE_CONTROL => uart.line_control = value,
            _ => {}
        }
        Some(())
    }
}

/// A blank screen that forgets.
pub struct Screen;

impl Cells for Screen {
    fn get(&mut self, _: usize) -> u16 {
        0x0720
    }

    fn set(&mut self, _: usize, _: u16) {}
}

/// The machine.
pub struct Machine {
    /// Its memory.
    pub memory: Pieces,
    /// The memory of the purgatory.
    pub own: Region,
    serial: Serial,
}

/// The last action of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The registers; rip is the target of the jump, which depends on the key.
    HandOff(EntryRegs),
    Halt,
    Reset(u32),
    TripleFault,
}

impl From<hardware::End<'_>> for End {
    fn from(end: hardware::End<'_>) -> Self {
        match end {
            hardware::End::HandOff(registers, key) => {
                Self::HandOff(EntryRegs { rip: key.apply(registers.rip), ..*registers })
            }
            hardware::End::Halt => Self::Halt,
            hardware::End::Reset(seconds) => Self::Reset(seconds),
            hardware::End::TripleFault => Self::TripleFault,
        }
    }
}

impl Machine {
    /// Returns a machine with this memory.
    pub fn with(memory: Pieces, own: Region) -> Self {
        Self { memory, own, serial: Serial::default() }
    }

    /// Runs a purgatory, and returns its last action and the text on ttyS0.
    pub fn run<W: DigestScheme>(
        &self,
        mut plan: Plan<'_, W>,
        prepare: impl FnOnce(&Self, &mut Warnings<'_>),
    ) -> (End, Vec<u8>) {
        let faults = Faults::new();
        let end = run(self, &faults, &mut plan, |warnings| prepare(self, warnings)).into();
        (end, self.serial.0.take().text)
    }
}

impl hardware::Machine for Machine {
    type Memory = Pieces;
    type Ports = Serial;
    type Cells = Screen;

    fn memory(&self) -> &Pieces {
        &self.memory
    }

    fn own(&self) -> Region {
        self.own
    }

    fn ports(&self) -> Serial {
        self.serial.clone()
    }

    fn screen(&self) -> Option<Screen> {
        Some(Screen)
    }

    fn ticks(&self) -> u64 {
        0
    }

    fn nmis(&self) -> u64 {
        0
    }

    fn page_fault_address(&self) -> u64 {
        0
    }

    fn enable_instructions(&self) -> Instructions {
        Instructions::default()
    }

    fn restore_registers(&self) {}
}

impl hardware::MemoryWriter for Machine {
    fn write(&self, to: u64, bytes: &[u8]) -> Option<()> {
        self.memory.whole(to, bytes.len() as u64).ok().map(drop)
    }

    fn copy(&self, to: u64, from: u64, len: u64) -> Option<()> {
        self.write(to, self.memory.whole(from, len).ok()?)
    }
}

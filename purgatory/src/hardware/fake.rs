//! A fake machine: memory in pieces, two UARTs, and a fault wherever a test sets one.

#[cfg(feature = "kexec-tools")]
use super::MemoryWriter;
use super::broken::broken;
use super::{End, Machine};
use crate::digest_scheme::DigestScheme;
use crate::fault::{Faults, fail};
use crate::memory::fake::Pieces;
use crate::memory::{Memory, Unmapped};
use crate::plan::Plan;
use crate::ports::Ports;
use crate::report::Fault;
use crate::run::run;
#[cfg(feature = "kexec-tools")]
use crate::vga::screen::{COLUMNS, Cells};
use crate::warnings::Warnings;
use purgatory_abi::status::Status;
use purgatory_abi::{EntryRegs, Region};
use purgatory_sha256::Instructions;
use std::cell::{Cell, RefCell};
#[cfg(feature = "kexec-tools")]
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

/// The first ports of the UARTs: ttyS0 and ttyS1.
const UARTS: [u16; 2] = [0x3f8, 0x2f8];

/// The line status register, and its value for an idle transmitter.
const LINE_STATUS: u16 = 5;
const IDLE: u8 = 0x60;

/// The payload that unwinds out of the purgatory: an exception with this vector, or a panic.
enum Trap {
    Exception(u64),
    Panic,
}

/// An owned [`End`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnedEnd {
    /// The registers; rip is the target of the jump, which depends on the key.
    HandOff(EntryRegs),
    Halt,
    Reset(u32),
    TripleFault,
}

impl From<End<'_>> for OwnedEnd {
    fn from(end: End<'_>) -> Self {
        match end {
            End::HandOff(registers, key) => {
                Self::HandOff(EntryRegs { rip: key.apply(registers.rip), ..*registers })
            }
            End::Halt => Self::Halt,
            End::Reset(seconds) => Self::Reset(seconds),
            End::TripleFault => Self::TripleFault,
        }
    }
}

/// The ports of a fake machine.
#[derive(Clone, Default)]
pub(crate) struct Wires {
    /// The text of each UART.
    pub(crate) text: Rc<RefCell<[Vec<u8>; UARTS.len()]>>,
    /// The number of next writes to a UART that fault.
    pub(crate) faults: Rc<Cell<u32>>,
}

impl Ports for Wires {
    fn read(&mut self, port: u16) -> Option<u8> {
        let is_status = UARTS.iter().any(|base| port == base + LINE_STATUS);
        Some(if is_status { IDLE } else { 0xff })
    }

    fn write(&mut self, port: u16, value: u8) -> Option<()> {
        if let Some(uart) = UARTS.iter().position(|base| port == *base) {
            if let Some(left) = self.faults.get().checked_sub(1) {
                self.faults.set(left);
                resume_unwind(Box::new(Trap::Exception(13)));
            }
            self.text.borrow_mut()[uart].push(value);
        }
        Some(())
    }
}

/// The memory of a fake machine.
#[derive(Default)]
pub(crate) struct FakeMemory {
    pub(crate) pieces: Pieces,
    /// A read of this address is a machine check.
    pub(crate) poisoned: Option<u64>,
    /// A read of this address panics.
    pub(crate) contradicts: Option<u64>,
}

impl Memory for FakeMemory {
    fn run(&self, address: u64, max: u64) -> Result<&[u8], Unmapped> {
        if self.poisoned == Some(address) {
            resume_unwind(Box::new(Trap::Exception(18)));
        }
        if self.contradicts == Some(address) {
            resume_unwind(Box::new(Trap::Panic));
        }
        self.pieces.run(address, max)
    }

    fn whole(&self, address: u64, len: u64) -> Result<&[u8], Unmapped> {
        self.pieces.whole(address, len)
    }
}

/// The screen of a fake machine.
#[cfg(feature = "kexec-tools")]
#[derive(Clone, Default)]
pub(crate) struct FakeCells(Rc<RefCell<BTreeMap<usize, u16>>>);

#[cfg(feature = "kexec-tools")]
impl FakeCells {
    /// The text of a row.
    pub(crate) fn row(&self, row: usize) -> String {
        let cells = self.0.borrow();
        let cells = (row * COLUMNS..(row + 1) * COLUMNS).map(|cell| cells.get(&cell));
        cells.map(|value| value.map_or(' ', |value| char::from(*value as u8))).collect()
    }
}

#[cfg(feature = "kexec-tools")]
impl Cells for FakeCells {
    fn get(&mut self, cell: usize) -> u16 {
        self.0.borrow().get(&cell).copied().unwrap_or(0x0720)
    }

    fn set(&mut self, cell: usize, value: u16) {
        self.0.borrow_mut().insert(cell, value);
    }
}

/// A fake machine.
#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) memory: FakeMemory,
    pub(crate) own: Region,
    pub(crate) nmis: u64,
    /// Whether every implementation of SHA-256 gives wrong answers.
    pub(crate) computes_wrongly: bool,
    /// The number of times that the target kernel faults before it has an IDT.
    pub(crate) target_faults: u32,
    pub(crate) wires: Wires,
    #[cfg(feature = "kexec-tools")]
    pub(crate) cells: FakeCells,
    /// Whether instructions are enabled now.
    enabled: Cell<bool>,
    /// The number of calls that enabled instructions, and whether a console was opened while they were enabled.
    enabled_times: Cell<u32>,
    opened_while_enabled: Cell<bool>,
    /// The number of faults.
    faulted: Cell<u32>,
    ticks: Cell<u64>,
    /// Writes to memory: the address and the bytes.
    written: RefCell<Vec<(u64, Vec<u8>)>>,
}

impl Machine for Fake {
    type Memory = FakeMemory;
    type Ports = Wires;
    #[cfg(feature = "kexec-tools")]
    type Cells = FakeCells;

    fn memory(&self) -> &FakeMemory {
        &self.memory
    }

    fn own(&self) -> Region {
        self.own
    }

    fn ports(&self) -> Wires {
        self.opened_while_enabled.set(self.opened_while_enabled.get() || self.enabled.get());
        self.wires.clone()
    }

    #[cfg(feature = "kexec-tools")]
    fn screen(&self) -> Option<FakeCells> {
        Some(self.cells.clone())
    }

    /// Each call returns a value that is 0x4000 higher than the one before.
    fn ticks(&self) -> u64 {
        self.ticks.replace(self.ticks.get() + 0x4000)
    }

    fn nmis(&self) -> u64 {
        self.nmis
    }

    fn page_fault_address(&self) -> u64 {
        0xdead_0000
    }

    fn enable_instructions(&self) -> Instructions {
        self.enabled.set(true);
        self.enabled_times.set(self.enabled_times.get() + 1);
        Instructions::default()
    }

    fn restore_registers(&self) {
        self.enabled.set(false);
    }
}

#[cfg(feature = "kexec-tools")]
impl MemoryWriter for Fake {
    fn write(&self, to: u64, bytes: &[u8]) -> Option<()> {
        self.memory.whole(to, bytes.len() as u64).ok()?;
        self.written.borrow_mut().push((to, bytes.to_vec()));
        Some(())
    }

    fn copy(&self, to: u64, from: u64, len: u64) -> Option<()> {
        self.write(to, self.memory.whole(from, len).ok()?)
    }
}

/// The result of a run on a fake machine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RunResult {
    pub(crate) end: OwnedEnd,
    /// The text on ttyS0 and on ttyS1.
    pub(crate) text: [String; UARTS.len()],
    /// Writes to memory: the address and the bytes.
    pub(crate) written: Vec<(u64, Vec<u8>)>,
}

impl Fake {
    /// Returns a machine with this memory and this purgatory.
    pub(crate) fn with(pieces: Pieces, own: Region) -> Self {
        Self { memory: FakeMemory { pieces, ..FakeMemory::default() }, own, ..Self::default() }
    }

    /// Runs a purgatory to its end, including its faults.
    pub(crate) fn run<'m, W: DigestScheme + 'm>(
        &'m self,
        plan: impl FnOnce(&'m Self) -> Plan<'m, W>,
        prepare: impl FnOnce(&Self, &mut Warnings<'_>),
    ) -> RunResult {
        self.enabled_times.set(0);
        let (mut kept, mut kept_broken) = (None, None);
        let faults = Faults::new();
        let mut end = self.survive(&faults, || {
            let plan = plan(self);
            let prepare = |warnings: &mut Warnings<'_>| prepare(self, warnings);
            if self.computes_wrongly {
                run(self, &faults, kept_broken.insert(broken(plan)), prepare).into()
            } else {
                run(self, &faults, kept.insert(plan), prepare).into()
            }
        });
        if self.faulted.get() == 0 {
            assert!(self.enabled_times.get() <= 1, "vector registers are enabled at most once");
            assert!(
                !self.opened_while_enabled.get(),
                "vector registers are restored before the report"
            );
        }
        if let OwnedEnd::HandOff(_) = end {
            assert!(!self.enabled.get(), "vector registers are restored");
            for _ in 0..self.target_faults {
                end = self.survive(&faults, || resume_unwind(Box::new(Trap::Exception(6))));
            }
        }
        let text = self.wires.text.take().map(|text| String::from_utf8(text).expect("ASCII"));
        RunResult { end, text, written: self.written.take() }
    }

    /// Runs a step, and then the fault path as often as something faults.
    fn survive(&self, faults: &Faults<'_>, step: impl FnOnce() -> OwnedEnd) -> OwnedEnd {
        let mut ended = catch_unwind(AssertUnwindSafe(step));
        loop {
            let trap = match ended {
                Ok(end) => return end,
                Err(payload) => *payload.downcast().unwrap_or_else(|other| resume_unwind(other)),
            };
            self.faulted.set(self.faulted.get() + 1);
            let status = match trap {
                Trap::Exception(vector) => {
                    faults.exception(Fault { vector, rip: 0x9123, ..Fault::default() });
                    Status::Fault
                }
                Trap::Panic => Status::Internal,
            };
            ended = catch_unwind(AssertUnwindSafe(|| fail(self, faults, status).into()));
        }
    }
}

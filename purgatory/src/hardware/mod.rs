//! The trait [`Machine`], through which safe code uses the machine.
//!
//! Host tests implement the trait by a fake machine. Module `machine` implements it for the real processor.

use crate::key::Key;
use crate::memory::Memory;
use crate::ports::Ports;
#[cfg(feature = "kexec-tools")]
use crate::vga::screen::Cells;
use purgatory_abi::{EntryRegs, Region};
use purgatory_sha256::Instructions;

/// The last action of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum End<'p> {
    /// Enters the image with these registers, if the key is right.
    HandOff(&'p EntryRegs, Key),
    /// Halts for good.
    Halt,
    /// Resets after this many seconds.
    Reset(u32),
    /// Resets at once, without ports.
    TripleFault,
}

/// A machine that runs a purgatory: a PC, or a fake machine in tests.
pub trait Machine {
    /// The type of its memory.
    type Memory: Memory;
    /// The type of its I/O ports.
    type Ports: Ports;
    /// The type of its VGA text screen.
    #[cfg(feature = "kexec-tools")]
    type Cells: Cells;

    /// Returns its memory.
    fn memory(&self) -> &Self::Memory;

    /// Returns the memory of the purgatory itself.
    fn own(&self) -> Region;

    /// Returns its ports.
    fn ports(&self) -> Self::Ports;

    /// Returns its screen, if the screen's memory is mapped.
    #[cfg(feature = "kexec-tools")]
    fn screen(&self) -> Option<Self::Cells>;

    /// Returns the time-stamp counter, or the same number every time if it cannot be read.
    fn ticks(&self) -> u64;

    /// Returns the number of NMIs so far.
    fn nmis(&self) -> u64;

    /// Returns the address of the last page fault (CR2).
    fn page_fault_address(&self) -> u64;

    /// Finds and enables the instructions that this purgatory verifies with.
    fn enable_instructions(&self) -> Instructions;

    /// Restores the registers that [`enable_instructions`](Self::enable_instructions) changed and that [`End::HandOff`]
    /// does not restore.
    fn restore_registers(&self);
}

/// The right to write to memory that [`Machine::memory`] returns. Unsafe code gives it, to code that writes only where
/// no slice of that memory is used later.
#[cfg(feature = "kexec-tools")]
pub trait MemoryWriter {
    /// Writes to memory by physical address; `None` if part of the target is not mapped.
    fn write(&self, to: u64, bytes: &[u8]) -> Option<()>;

    /// Copies memory by physical address; `None` if part of either range is not mapped.
    fn copy(&self, to: u64, from: u64, len: u64) -> Option<()>;
}

#[cfg(test)]
mod broken;
#[cfg(test)]
pub(crate) mod fake;

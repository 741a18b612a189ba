//! The machine, as code without unsafe blocks sees it.

use crate::memory::Memory;
use crate::ports::Ports;
#[cfg(feature = "kexec-tools")]
use crate::vga::screen::Cells;
use purgatory_abi::{EntryRegs, Region};
use purgatory_sha256::Instructions;

/// What the machine does at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum End<'p> {
    /// Enters the image with these registers.
    HandOff(&'p EntryRegs),
    /// Halts for good.
    Halt,
    /// Resets after this many seconds.
    Reset(u32),
}

/// A machine that runs a purgatory: a PC, or a fake for tests.
pub trait Machine {
    /// Its memory.
    type Memory: Memory;
    /// Its I/O ports.
    type Ports: Ports;
    /// Its VGA text screen.
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

    /// Returns how many NMIs have arrived.
    fn nmis(&self) -> u64;

    /// Returns the address of the last page fault (CR2).
    fn page_fault_address(&self) -> u64;

    /// Finds and enables the instructions that this purgatory verifies with.
    fn bring_up(&self) -> Instructions;

    /// Restores the registers that [`bring_up`](Self::bring_up) changed and that [`End::HandOff`] does
    /// not restore.
    fn give_back(&self);

    /// Writes to memory by physical address; `None` if part of the target is not mapped.
    ///
    /// The caller has checked that the target belongs to the image, or to nobody.
    #[cfg(feature = "kexec-tools")]
    fn write(&self, to: u64, bytes: &[u8]) -> Option<()>;

    /// Copies memory by physical address, as [`write`](Self::write) does.
    #[cfg(feature = "kexec-tools")]
    fn copy(&self, to: u64, from: u64, len: u64) -> Option<()>;
}

#[cfg(test)]
mod broken;
#[cfg(test)]
pub(crate) mod fake;

//! The VGA text screen's memory.

use super::io::Io;
use super::probe;
use crate::vga::screen::{Cells, MEMORY_CELLS, origin};

/// The address of the memory of a VGA adapter in text mode.
const MEMORY: u64 = 0xb8000;

/// The cells of the screen, starting at the first visible one.
pub struct Memory {
    origin: usize,
}

impl Memory {
    /// Returns the address of a cell. It is within the adapter's memory, whatever the number of the cell.
    fn cell(&self, cell: usize) -> *mut u16 {
        (MEMORY as *mut u16).wrapping_add((self.origin + cell) % MEMORY_CELLS)
    }
}

impl Cells for Memory {
    fn get(&mut self, cell: usize) -> u16 {
        // SAFETY: the memory is mapped, otherwise `open` fails.
        unsafe { self.cell(cell).read_volatile() }
    }

    fn set(&mut self, cell: usize, value: u16) {
        // SAFETY: as above, and nothing else writes to the screen.
        unsafe { self.cell(cell).write_volatile(value) }
    }
}

/// Returns the screen; `None` if its memory is not mapped.
pub(super) fn open() -> Option<Memory> {
    probe::read(MEMORY).map(|_| Memory { origin: origin(&mut Io) })
}

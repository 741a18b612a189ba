//! The VGA text screen's memory.

use super::io::Io;
use super::probe;
use crate::vga::screen::{Cells, origin};

/// Where a VGA adapter in text mode has its memory.
const MEMORY: u64 = 0xb8000;

/// Cells from the one that is shown first.
pub struct Memory {
    origin: usize,
}

impl Memory {
    fn cell(&self, cell: usize) -> *mut u16 {
        (MEMORY as *mut u16).wrapping_add(self.origin + cell)
    }
}

impl Cells for Memory {
    fn get(&mut self, cell: usize) -> u16 {
        // SAFETY: the memory is mapped, or the screen would not have been opened.
        unsafe { self.cell(cell).read_volatile() }
    }

    fn set(&mut self, cell: usize, value: u16) {
        // SAFETY: as above, and nobody else writes to the screen.
        unsafe { self.cell(cell).write_volatile(value) }
    }
}

/// Finds the screen; `None` where its memory is not mapped.
pub(super) fn open() -> Option<Memory> {
    probe::read(MEMORY).map(|_| Memory { origin: origin(&mut Io) })
}

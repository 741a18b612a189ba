//! Memory by its physical address, through the old kernel's identity map.

use super::probe::{self, FAULTED};
use crate::memory::{Memory, Unmapped};

/// The smallest piece of memory that is mapped or not, in bytes.
const PAGE: u64 = 4096;

/// The longest run that is given out, in bytes.
const LONGEST: u64 = 64 * 1024;

/// How many bytes at address 0 are given out as a copy: a Rust reference cannot point there.
const LOW: usize = 64;

/// The machine's memory.
pub struct Physical {
    low: [u8; LOW],
}

impl Physical {
    /// All memory that is mapped.
    pub(super) fn new() -> Self {
        let mut low = [0; LOW];
        if mapped(0) {
            for (address, byte) in low.iter_mut().enumerate() {
                // SAFETY: a read of memory that has no side effects; the page was just found to be mapped.
                *byte = unsafe { probe::try_read(address as u64) } as u8;
            }
        }
        Self { low }
    }
}

/// Whether the byte at `address` can be read.
fn mapped(address: u64) -> bool {
    // SAFETY: a read of memory that has no side effects; where nothing is mapped, the probe says so.
    unsafe { probe::try_read(address) != FAULTED }
}

impl Memory for Physical {
    fn run(&self, address: u64, max: u64) -> Result<&[u8], Unmapped> {
        if max == 0 {
            return Ok(&[]);
        }
        if !mapped(address) {
            return Err(Unmapped { address });
        }
        if address < LOW as u64 {
            let low = self.low.get(address as usize..).unwrap_or_default();
            return Ok(low.get(..max as usize).unwrap_or(low));
        }
        let wanted = max.min(LONGEST);
        let mut len = PAGE - address % PAGE;
        while len < wanted && mapped(address.wrapping_add(len)) {
            len += PAGE;
        }
        // SAFETY: every page of the run is mapped, it does not start at 0, and nothing but this program runs: what it
        // writes are its own statics and stack, which no caller asks for (regions that cover them are refused).
        Ok(unsafe { core::slice::from_raw_parts(address as *const u8, len.min(wanted) as usize) })
    }
}

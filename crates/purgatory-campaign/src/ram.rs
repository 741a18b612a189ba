//! The memory of the machine, at its physical addresses in this process.

use anyhow::{Context, Result};
use purgatory_abi::{PAGE, Region};
use purgatory_runner::machine::Mapping;
use std::ops::Range;

/// The page of the code with which the crashed kernel enters the purgatory.
pub const CONTROL_PAGE: Region = Region { start: 0x1_0000, len: PAGE };
/// Low memory, which kexec-tools' purgatories copy.
pub const LOW: Region = Region { start: 0x1_1000, len: 0x1_0000 };
/// The memory of the VGA adapter.
const VGA: Region = Region { start: 0xa_0000, len: 0x2_0000 };
/// The crash kernel region.
pub const CRASH: Region = Region { start: 0x2000_0000, len: 0x40_0000 };

/// The memory.
#[derive(Debug)]
pub struct Ram {
    pub(crate) mappings: [Mapping; 4],
}

impl Ram {
    /// Maps the memory. The crash kernel region is not executable, apart from `purgatory`.
    ///
    /// # Errors
    ///
    /// Returns an error if the addresses are in use in this process.
    pub fn new(purgatory: Region) -> Result<Self> {
        let [mut control, low, vga, mut crash] = [CONTROL_PAGE, LOW, VGA, CRASH].map(Mapping::at);
        if let Ok(control) = &mut control {
            control.make_executable(CONTROL_PAGE)?;
        }
        if let Ok(crash) = &mut crash {
            crash.make_executable(purgatory)?;
        }
        let mappings = [control?, low?, vga?, crash?];
        Ok(Self { mappings })
    }

    /// Returns the ranges of memory that have contents: without the VGA adapter's.
    #[must_use]
    pub fn regions(&self) -> Vec<Range<u64>> {
        [CONTROL_PAGE, LOW, CRASH].map(range).into()
    }

    /// Returns the bytes at these addresses.
    ///
    /// # Errors
    ///
    /// Returns an error if they are not all in one range of memory.
    pub fn bytes(&mut self, addresses: Range<u64>) -> Result<&mut [u8]> {
        let missing = format!("there is no memory at {:#x}-{:#x}", addresses.start, addresses.end);
        let inside = |all: Range<u64>| all.start <= addresses.start && addresses.end <= all.end;
        let mapping = self.mappings.iter_mut().find(|mapping| inside(mapping.addresses()));
        let mapping = mapping.with_context(|| missing.clone())?;
        let start = mapping.addresses().start;
        let [first, end] = [addresses.start, addresses.end].map(|at| (at - start) as usize);
        mapping.bytes_mut().get_mut(first..end).context(missing)
    }
}

/// Returns the half-open range of a region.
#[must_use]
pub fn range(region: Region) -> Range<u64> {
    region.start..region.start + region.len
}

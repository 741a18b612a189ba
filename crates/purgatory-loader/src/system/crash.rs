//! The memory that is reserved for a capture kernel.

use core::ops::Range;
use std::vec::Vec;

use super::{Iomem, System, SystemError, iomem, optional, range};

/// What the kernel calls a crash region, low or high: `crashk_res` and `crashk_low_res` of `kernel/crash_reserve.c`.
const NAME: &str = "Crash kernel";

/// Memory that is reserved for the capture kernel, but used by others until then.
const CMA: &str = "sys/kernel/kexec/crash_cma_ranges";

/// The crash regions. Ranges are half-open and physical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashRegions {
    /// Where the capture kernel is loaded: `crashk_res`.
    pub main: Range<u64>,
    /// Memory below 4 GiB that it is given as well, where the other is above: `crashk_low_res`.
    pub low: Option<Range<u64>>,
}

impl CrashRegions {
    /// Both, the lower one first.
    #[must_use]
    pub fn ranges(&self) -> Vec<Range<u64>> {
        self.low.iter().chain([&self.main]).cloned().collect()
    }
}

impl Iomem {
    /// The crash regions, if there are any.
    #[must_use]
    pub fn crash_regions(&self) -> Option<CrashRegions> {
        let mut regions = self.outermost(|name| name == NAME);
        let main = regions.pop()?;
        Some(CrashRegions { main, low: regions.pop() })
    }
}

impl System {
    /// The crash regions.
    ///
    /// # Errors
    /// See [`System::iomem`]; also if nothing is reserved.
    pub fn crash_regions(&self) -> Result<CrashRegions, SystemError> {
        self.crash_regions_of(&self.iomem()?)
    }

    /// The same, where `/proc/iomem` was read before.
    pub(super) fn crash_regions_of(&self, iomem: &Iomem) -> Result<CrashRegions, SystemError> {
        let regions = iomem.crash_regions();
        regions.ok_or_else(|| SystemError::NoCrashRegion { path: self.path(iomem::FILE) })
    }

    /// Where `crashkernel=…,cma` lets the capture kernel have memory that is used until then (`crash_cma_ranges_show` of
    /// `kernel/kexec_core.c`). Empty where the kernel has none, or does not tell of it.
    ///
    /// # Errors
    /// The kernel tells of it in a way that is not understood.
    pub fn crash_cma_ranges(&self) -> Result<Vec<Range<u64>>, SystemError> {
        let text = optional(self.text(CMA, ""))?.unwrap_or_default();
        let ranges = text
            .lines()
            .map(|line| range(line).ok_or_else(|| self.malformed(CMA, line, "`start-end`")));
        ranges.collect()
    }
}

//! The crash kernel regions.

use core::ops::Range;
use std::vec::Vec;

use super::{Iomem, System, SystemError, iomem, optional, range};

/// The name of a crash kernel region, low or high: `crashk_res` and `crashk_low_res` of `kernel/crash_reserve.c`.
const NAME: &str = "Crash kernel";

/// Memory that is reserved for the capture kernel, but in use until the panic.
const CMA: &str = "sys/kernel/kexec/crash_cma_ranges";

/// The crash kernel regions. Ranges are half-open and physical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashRegions {
    /// The region that the capture kernel is loaded into: `crashk_res`.
    pub main: Range<u64>,
    /// Additional memory below 4 GiB, if the main region is above: `crashk_low_res`.
    pub low: Option<Range<u64>>,
}

impl CrashRegions {
    /// Returns both regions, the lower one first.
    #[must_use]
    pub fn ranges(&self) -> Vec<Range<u64>> {
        self.low.iter().chain([&self.main]).cloned().collect()
    }
}

impl Iomem {
    /// Returns the crash kernel regions, or `None` if there are none.
    #[must_use]
    pub fn crash_regions(&self) -> Option<CrashRegions> {
        let mut regions = self.outermost(|name| name == NAME);
        let main = regions.pop()?;
        Some(CrashRegions { main, low: regions.pop() })
    }
}

impl System {
    /// Reads the crash kernel regions.
    ///
    /// # Errors
    /// As for [`System::iomem`], and also if no memory is reserved.
    pub fn crash_regions(&self) -> Result<CrashRegions, SystemError> {
        self.crash_regions_of(&self.iomem()?)
    }

    /// Returns the crash kernel regions in `iomem`.
    pub(super) fn crash_regions_of(&self, iomem: &Iomem) -> Result<CrashRegions, SystemError> {
        let regions = iomem.crash_regions();
        regions.ok_or_else(|| SystemError::NoCrashRegion { path: self.path(iomem::FILE) })
    }

    /// Reads the ranges of `crashkernel=…,cma`, which are in use until the panic (`crash_cma_ranges_show` of
    /// `kernel/kexec_core.c`). Empty if the kernel has none, or does not report them.
    ///
    /// # Errors
    /// Returns a [`SystemError`] if the file has an unexpected format.
    pub fn crash_cma_ranges(&self) -> Result<Vec<Range<u64>>, SystemError> {
        let text = optional(self.text(CMA, ""))?.unwrap_or_default();
        let ranges = text
            .lines()
            .map(|line| range(line).ok_or_else(|| self.malformed(CMA, line, "`start-end`")));
        ranges.collect()
    }
}

//! Collects the facts for an elfcorehdr.

use core::ops::Range;

use super::{System, SystemError, hexadecimal};
use crate::elfcorehdr::Elfcorehdr;

/// The address of the vmcoreinfo note: `vmcoreinfo_show` of `kernel/ksysfs.c`.
const VMCOREINFO: &str = "sys/kernel/vmcoreinfo";

/// The action if it is missing.
const ADVICE: &str =
    "the kernel must be built with CONFIG_CRASH_DUMP, or before Linux 6.9 with CONFIG_KEXEC";

/// The description of the dump.
#[derive(Debug)]
pub struct Dump {
    /// The facts.
    pub elfcorehdr: Elfcorehdr,
    /// The reason why the dump will lack the registers of CPUs that are added later, or `None`.
    pub warning: Option<SystemError>,
}

impl System {
    /// Reads the facts about the memory to dump.
    ///
    /// # Errors
    /// Returns a [`SystemError`] if a fact cannot be read, or no memory is reserved for a capture kernel.
    pub fn dump(&self) -> Result<Dump, SystemError> {
        let iomem = self.iomem()?;
        let mut excluded = self.crash_regions_of(&iomem)?.ranges();
        excluded.extend(self.crash_cma_ranges()?);
        let kcore = self.kcore()?;
        let kernel = kcore.kernel()?;
        let notes = self.cpu_notes()?;
        let elfcorehdr = Elfcorehdr {
            cpu_notes: notes.ranges,
            vmcoreinfo: self.vmcoreinfo()?,
            kernel: kernel.physical,
            kernel_virtual: kernel.virtual_start,
            direct_map: kcore.direct_map()?,
            ram: iomem.ram(),
            excluded,
        };
        Ok(Dump { elfcorehdr, warning: notes.warning })
    }

    /// Reads address and size, both in hexadecimal, the address with the prefix `0x`.
    fn vmcoreinfo(&self) -> Result<Range<u64>, SystemError> {
        let text = self.text(VMCOREINFO, ADVICE)?;
        let parse = || {
            let (start, size) = text.split_once(' ')?;
            let start = hexadecimal(start.strip_prefix("0x")?)?;
            Some(start..start.checked_add(hexadecimal(size)?)?)
        };
        parse().ok_or_else(|| self.malformed(VMCOREINFO, &text, "an address and a size"))
    }
}

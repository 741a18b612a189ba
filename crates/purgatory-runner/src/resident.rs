//! The memory of a purgatory, which is loaded again for every run.

use crate::clock;
use crate::error::BlobError;
use crate::machine::{self, Cost, End, Finished, Mapping, RunError};
use crate::verdict::Verdict;
use purgatory_abi::boot::{self, BootParams};
use purgatory_abi::report::Report;
use purgatory_abi::status::Status;
use purgatory_abi::{PAGE, Region};
use purgatory_loader::Image;
use std::time::Duration;
use zerocopy::FromZeros;

/// The maximum time of a run. Scalar code needs some seconds for a gigabyte.
const LIMIT: Duration = Duration::from_secs(120);

/// The offset of the 64-bit entry in a kernel (`Documentation/arch/x86/boot.rst`).
const ENTRY_OFFSET: u64 = 0x200;

/// The bytes of the kernel: whole pages, as a loader gives it memory.
pub(super) const KERNEL_BYTES: usize = PAGE as usize;

/// The version of the boot protocol: one with a 64-bit entry.
const PROTOCOL_VERSION: u16 = 0x20f;

/// A purgatory in memory of this process, and the bytes to load it again. A loaded purgatory runs only once.
#[derive(Debug)]
pub(super) struct Resident {
    /// The purgatory's memory, and the start of a kernel.
    mappings: [Mapping; 2],
    bytes: Vec<u8>,
    /// Whether the purgatory has not run since it was loaded.
    fresh: bool,
    cost: Cost,
    overhead: Duration,
}

impl Resident {
    /// Allocates memory for a purgatory of this size.
    pub(super) fn new(bytes: u64) -> Result<Self, RunError> {
        let purgatory = Mapping::new(usize::try_from(bytes).unwrap_or(usize::MAX))?;
        let mappings = [purgatory, Mapping::data(KERNEL_BYTES)?];
        let (cost, overhead) = (Cost::default(), Duration::ZERO);
        Ok(Self { mappings, bytes: Vec::new(), fresh: false, cost, overhead })
    }

    /// Returns the start address of the memory.
    pub(super) fn base(&self) -> u64 {
        self.mappings[0].addresses().start
    }

    /// Returns the start of the target kernel: zeros, up to its 64-bit entry.
    pub(super) fn kernel(&self) -> Region {
        Region { start: self.mappings[1].addresses().start, len: KERNEL_BYTES as u64 }
    }

    /// Returns the 64-bit entry of the target kernel, where a run ends.
    pub(super) fn kernel_entry(&self) -> u64 {
        self.kernel().start + ENTRY_OFFSET
    }

    /// Loads an image that was placed at [`Resident::base`], and measures the runner's cost.
    pub(super) fn load(&mut self, image: &Image) -> Result<(), RunError> {
        self.cost = Cost::measure()?;
        self.bytes.clear();
        self.bytes.extend_from_slice(image.bytes());
        self.refresh();
        Ok(())
    }

    fn refresh(&mut self) {
        self.mappings[0].bytes_mut()[..self.bytes.len()].copy_from_slice(&self.bytes);
        self.fresh = true;
    }

    /// Runs the code at `entry`.
    pub(super) fn run(&mut self, entry: u64) -> Result<Finished, RunError> {
        let began = clock::now();
        if !self.fresh {
            self.refresh();
        }
        self.fresh = false;
        let finished = machine::run(&mut self.mappings, entry, LIMIT)?;
        let all = clock::now().saturating_sub(began);
        self.overhead = all.saturating_sub(self.cost.subtract_from(&finished));
        Ok(finished)
    }

    /// Returns the part of the last run's time that the runner used.
    pub(super) fn overhead(&self) -> Duration {
        self.overhead
    }
}

/// Returns boot_params of the kernel's start, without a command line. With these, our purgatories print nothing if the
/// image is intact.
pub(super) fn quiet_boot_params() -> Box<BootParams> {
    let mut boot_params = BootParams::new_zeroed();
    boot_params.hdr.header.set(boot::HEADER_MAGIC);
    boot_params.hdr.version.set(PROTOCOL_VERSION);
    boot_params.hdr.init_size.set(KERNEL_BYTES as u32);
    Box::new(boot_params)
}

/// Returns the verdict of one of our purgatories: it jumps to the target kernel's entry, or reports a mismatch and halts.
pub(super) fn our_verdict(
    finished: Finished,
    kernel_entry: u64,
) -> Result<(Verdict, Finished), BlobError> {
    let status = Report::parse(&finished.printed).verdict().map(|verdict| verdict.status);
    match (finished.end, status) {
        (End::Left { rip }, _) if rip == kernel_entry => Ok((Verdict::Intact, finished)),
        (End::Halted, Some(Status::Mismatch)) => Ok((Verdict::Corrupted, finished)),
        (end, _) => Err(BlobError::NoVerdict { end, printed: finished.printed }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISMATCH: &str = "purgatory: mismatch\r\npurgatory: verdict version=1 loader=linux status=mismatch \
         implementation=scalar regions=1 bytes=8 nmis=0 action=halt\r\n";

    fn verdict(end: End, printed: &str) -> Option<Verdict> {
        our_verdict(Finished::with(end, printed), 0x200).ok().map(|(verdict, _)| verdict)
    }

    #[test]
    fn interprets_the_end_of_our_purgatories() {
        assert_eq!(verdict(End::Left { rip: 0x200 }, ""), Some(Verdict::Intact));
        assert_eq!(verdict(End::Halted, MISMATCH), Some(Verdict::Corrupted));
    }

    #[test]
    fn rejects_other_ends() {
        assert_eq!(verdict(End::Halted, &MISMATCH.replace("=mismatch", "=fault")), None);
        assert_eq!(verdict(End::Halted, ""), None);
        assert_eq!(verdict(End::Left { rip: 0x201 }, ""), None);
        assert_eq!(verdict(End::Spins, MISMATCH), None);
    }
}

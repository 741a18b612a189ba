//! A purgatory's memory, loaded as often as it is run.

use crate::clock;
use crate::error::BlobError;
use crate::machine::{self, Cost, End, Finished, Mapping, RunError};
use crate::verdict::Verdict;
use purgatory_abi::boot::{self, BootParams};
use purgatory_abi::report::Report;
use purgatory_abi::status::Status;
use purgatory_loader::Image;
use std::time::Duration;
use zerocopy::FromZeros;

/// How long a purgatory may take: scalar code needs some seconds for a gigabyte.
const LIMIT: Duration = Duration::from_secs(120);

/// A purgatory in memory of this process, and what it is loaded from again: none ever runs twice.
#[derive(Debug)]
pub(super) struct Resident {
    mapping: Mapping,
    bytes: Vec<u8>,
    /// The memory is as loaded: it has not run since.
    fresh: bool,
    cost: Cost,
    overhead: Duration,
}

impl Resident {
    /// Memory for a purgatory of this size.
    pub(super) fn new(bytes: u64) -> Result<Self, RunError> {
        let mapping = Mapping::new(usize::try_from(bytes).unwrap_or(usize::MAX))?;
        let (cost, overhead) = (Cost::default(), Duration::ZERO);
        Ok(Self { mapping, bytes: Vec::new(), fresh: false, cost, overhead })
    }

    /// Where the memory starts.
    pub(super) fn base(&self) -> u64 {
        self.mapping.addresses().start
    }

    /// Loads an image that was placed at [`Resident::base`], and finds out what running it costs beside its own time.
    pub(super) fn load(&mut self, image: &Image) -> Result<(), RunError> {
        self.cost = Cost::measure()?;
        self.bytes.clear();
        self.bytes.extend_from_slice(image.bytes());
        self.refresh();
        Ok(())
    }

    fn refresh(&mut self) {
        self.mapping.bytes_mut()[..self.bytes.len()].copy_from_slice(&self.bytes);
        self.fresh = true;
    }

    /// Runs the code at `entry`.
    pub(super) fn run(&mut self, entry: u64) -> Result<Finished, RunError> {
        let began = clock::now();
        if !self.fresh {
            self.refresh();
        }
        self.fresh = false;
        let finished = machine::run(&mut self.mapping, entry, LIMIT)?;
        let all = clock::now().saturating_sub(began);
        self.overhead = all.saturating_sub(self.cost.off(&finished));
        Ok(finished)
    }

    /// The part of the last run's time that was not the purgatory's own.
    pub(super) fn overhead(&self) -> Duration {
        self.overhead
    }
}

/// What ours read beside their tables: an image without a command line, for which they say nothing.
pub(super) fn quiet_boot_params() -> Box<BootParams> {
    let mut boot_params = BootParams::new_zeroed();
    boot_params.hdr.header.set(boot::HEADER_MAGIC);
    Box::new(boot_params)
}

/// What one of ours says of the image: it jumps on without a word, or reports a mismatch and halts.
pub(super) fn our_verdict(finished: Finished) -> Result<(Verdict, Finished), BlobError> {
    let status = Report::parse(&finished.said).verdict().map(|verdict| verdict.status);
    match (finished.end, status) {
        (End::Returned(_), _) => Ok((Verdict::Intact, finished)),
        (End::Halted, Some(Status::Mismatch)) => Ok((Verdict::Corrupted, finished)),
        (end, _) => Err(BlobError::NoVerdict { end, said: finished.said }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISMATCH: &str = "purgatory: mismatch\r\npurgatory: verdict version=1 loader=linux status=mismatch \
         implementation=scalar regions=1 bytes=8 nmis=0 action=halt\r\n";

    fn verdict(end: End, said: &str) -> Option<Verdict> {
        our_verdict(Finished::with(end, said)).ok().map(|(verdict, _)| verdict)
    }

    #[test]
    fn one_of_ours_jumps_on_or_says_mismatch_and_halts() {
        assert_eq!(verdict(End::Returned(0), ""), Some(Verdict::Intact));
        assert_eq!(verdict(End::Halted, MISMATCH), Some(Verdict::Corrupted));
    }

    #[test]
    fn any_other_end_is_no_verdict() {
        assert_eq!(verdict(End::Halted, &MISMATCH.replace("=mismatch", "=fault")), None);
        assert_eq!(verdict(End::Halted, ""), None);
        assert_eq!(verdict(End::Spins, MISMATCH), None);
    }
}

//! The memory of one run and its end, for a comparison with another machine.

use crate::child;
use crate::fault::Fault;
use crate::image::Image;
use crate::outcome::Outcome;
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// The pieces of memory: address and number of bytes.
    pub pieces: Vec<(u64, u64)>,
    /// The address at which the crashed kernel's last code begins.
    pub start: u64,
    /// The address at which the target kernel is entered.
    pub kernel: u64,
    /// The class of the run in this process.
    pub outcome: Outcome,
    /// The end of that run and its output, for people.
    pub details: String,
}

impl Snapshot {
    /// Makes the fault, and runs the purgatory. Returns the bytes of all pieces before the run too.
    ///
    /// # Errors
    ///
    /// As of [`child::run`].
    pub fn of(image: &mut Image, fault: &Fault) -> Result<(Self, Vec<u8>)> {
        let run = child::run(image, Some(fault))?;
        fault.apply(&mut image.ram)?;
        let regions = image.ram.regions();
        let mut bytes = Vec::new();
        for region in &regions {
            bytes.extend_from_slice(image.ram.bytes(region.clone())?);
        }
        let pieces = regions.iter().map(|region| (region.start, region.end - region.start));
        let pieces = pieces.collect();
        let (start, kernel) = (image.start(), image.entry.rip);
        Ok((Self { pieces, start, kernel, outcome: run.outcome, details: run.details }, bytes))
    }
}

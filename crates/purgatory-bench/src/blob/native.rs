//! The purgatory of our own contract: sealed by purgatory-loader, run whole.

use super::error::BlobError;
use super::machine::{self, Finished};
use super::resident::{Resident, our_verdict, quiet_boot_params};
use crate::contender::{Contender, Verdict};
use crate::image::Image as Verified;
use purgatory_abi::boot;
use purgatory_abi::linux::EntryRegs;
use purgatory_abi::native::SegmentKind;
use purgatory_loader::{Blob, Image, Layout, Options, Segment, sealed_memsz};
use purgatory_sha256::Backend;
use std::time::Duration;

/// The native purgatory.
#[derive(Debug)]
pub struct Native {
    object: Vec<u8>,
    /// What is loaded, and its entry; nothing before there is something to verify, which says how large it is.
    loaded: Option<(Resident, u64)>,
    boot_params: Box<[u8; boot::BOOT_PARAMS_BYTES]>,
}

impl Native {
    /// The purgatory in this object.
    ///
    /// # Errors
    /// It is none.
    pub fn new(object: Vec<u8>) -> Result<Self, BlobError> {
        Blob::parse(&object)?;
        Ok(Self { object, loaded: None, boot_params: quiet_boot_params() })
    }

    /// Puts the purgatory in memory as a loader does, to verify the segments.
    ///
    /// # Errors
    /// There are too many segments, or it is for another loader, or the digests are not those that sha2 has made.
    pub fn load(&mut self, image: &Verified, memory: &[u8]) -> Result<(), BlobError> {
        self.loaded = None;
        let segment = |segment: &crate::image::Segment| Segment {
            kind: SegmentKind::Other,
            address: memory[segment.range.clone()].as_ptr().expose_provenance() as u64,
            payload: memory[segment.payload()].into(),
            zeros: segment.zeros().len() as u64,
        };
        let segments: Vec<Segment<'_>> = image.segments().iter().map(segment).collect();
        let blob = Blob::parse(&self.object)?;
        let mut resident = Resident::new(sealed_memsz(&Layout::of(&blob)?, &segments))?;
        let mut placed = Image::place(&blob, resident.base())?;
        let rsi = self.boot_params.as_ptr().expose_provenance() as u64;
        let entry = EntryRegs { rip: machine::landing(), rsi, ..EntryRegs::default() };
        let backend = Backend::detected().next().ok_or(BlobError::Digests)?;
        placed.seal(entry, &segments, &Options::default(), backend, |_, _| {})?;
        // The list ends with the digests of all chunks.
        if !placed.bytes().ends_with(image.chunks().as_flattened()) {
            return Err(BlobError::Digests);
        }
        resident.load(&placed)?;
        self.loaded = Some((resident, placed.entry()));
        Ok(())
    }

    /// Runs it: what it found, and how it went.
    ///
    /// # Errors
    /// It could not be run, or gave no verdict; or nothing was loaded.
    pub fn run(&mut self) -> Result<(Verdict, Finished), BlobError> {
        let (resident, entry) = self.loaded.as_mut().ok_or(BlobError::NotLoaded)?;
        our_verdict(resident.run(*entry)?)
    }
}

impl Contender for Native {
    fn prepare(&mut self, image: &Verified, memory: &[u8]) -> anyhow::Result<()> {
        Ok(self.load(image, memory)?)
    }

    fn run(&mut self, _image: &Verified, _memory: &[u8]) -> anyhow::Result<Verdict> {
        Ok(Native::run(self)?.0)
    }

    fn overhead(&self) -> Duration {
        self.loaded.as_ref().map_or(Duration::ZERO, |(resident, _)| resident.overhead())
    }
}

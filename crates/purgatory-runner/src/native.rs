//! The native purgatory: purgatory-loader seals it, and it runs completely.

use crate::error::BlobError;
use crate::machine::Finished;
use crate::resident::{Resident, our_verdict, quiet_boot_params};
use crate::verdict::Verdict;
use purgatory_abi::EntryRegs;
use purgatory_abi::boot::BootParams;
use purgatory_abi::native::Header;
use purgatory_loader::{Blob, Image, Layout, Options, Segment, sealed_memsz};
use purgatory_sha256::Implementation;
use std::time::Duration;
use zerocopy::IntoBytes;

/// The native purgatory.
#[derive(Debug)]
pub struct Native {
    object: Vec<u8>,
    /// `None` until an image is loaded, because the size of the purgatory's memory depends on the image.
    loaded: Option<Loaded>,
    boot_params: Box<BootParams>,
}

/// The purgatory in memory.
#[derive(Debug)]
struct Loaded {
    resident: Resident,
    entry: u64,
    own_bytes: usize,
}

impl Native {
    /// Creates a native purgatory from its object.
    ///
    /// # Errors
    ///
    /// Returns an error if `object` cannot be parsed.
    pub fn new(object: Vec<u8>) -> Result<Self, BlobError> {
        Blob::parse(&object)?;
        Ok(Self { object, loaded: None, boot_params: quiet_boot_params() })
    }

    /// Loads the purgatory into memory, sealed for `segments`, whose chunks have these digests.
    ///
    /// # Errors
    ///
    /// Returns an error if there are too many segments, if the object is for another loader, or if purgatory-loader
    /// calculates other digests.
    pub fn load(&mut self, segments: &[Segment<'_>], digests: &[u8]) -> Result<(), BlobError> {
        self.loaded = None;
        let blob = Blob::parse(&self.object)?;
        let layout = Layout::of(&blob)?;
        let mut resident = Resident::new(sealed_memsz(&layout, segments))?;
        let mut placed = Image::place(&blob, resident.base())?;
        let rsi = self.boot_params.as_bytes().as_ptr().expose_provenance() as u64;
        let entry = EntryRegs { rip: resident.kernel_entry(), rsi, ..EntryRegs::default() };
        let implementation = Implementation::detected().next().ok_or(BlobError::Digests)?;
        placed.seal(entry, segments, &Options::default(), implementation, |_, _| {})?;
        // The list ends with the digests of all chunks.
        if !placed.bytes().ends_with(digests) {
            return Err(BlobError::Digests);
        }
        resident.load(&placed)?;
        let own_bytes = layout.bufsz() as usize - size_of::<Header>();
        self.loaded = Some(Loaded { resident, entry: placed.entry(), own_bytes });
        Ok(())
    }

    /// Runs the purgatory, and returns its verdict.
    ///
    /// # Errors
    ///
    /// Returns an error if no image was loaded, or if the purgatory could not be run, or gave no verdict.
    pub fn run(&mut self) -> Result<(Verdict, Finished), BlobError> {
        let Loaded { resident, entry, .. } = self.loaded.as_mut().ok_or(BlobError::NotLoaded)?;
        our_verdict(resident.run(*entry)?, resident.kernel_entry())
    }

    /// Returns the bytes of the purgatory's code and data, which a run verifies in addition to the segments.
    #[must_use]
    pub fn own_bytes(&self) -> usize {
        self.loaded.as_ref().map_or(0, |loaded| loaded.own_bytes)
    }

    /// Returns the part of the last run's time that the runner used.
    #[must_use]
    pub fn overhead(&self) -> Duration {
        self.loaded.as_ref().map_or(Duration::ZERO, |loaded| loaded.resident.overhead())
    }
}

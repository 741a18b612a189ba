//! The purgatory of our own contract: sealed by purgatory-loader, run whole.

use super::error::BlobError;
use super::machine::{self, Finished};
use super::resident::{Resident, our_verdict, quiet_boot_params};
use crate::contender::{Contender, Verdict};
use crate::image::Image as Verified;
use purgatory_abi::EntryRegs;
use purgatory_abi::boot;
use purgatory_abi::native::{Header, SegmentKind};
use purgatory_loader::{Blob, Image, Layout, Options, Segment, sealed_memsz};
use purgatory_sha256::Backend;
use std::time::Duration;

/// The native purgatory.
#[derive(Debug)]
pub struct Native {
    object: Vec<u8>,
    /// Nothing before there is something to verify, which says how large it is.
    loaded: Option<Loaded>,
    boot_params: Box<[u8; boot::BOOT_PARAMS_BYTES]>,
}

/// The purgatory in memory.
#[derive(Debug)]
struct Loaded {
    resident: Resident,
    entry: u64,
    /// The bytes of its own that it verifies beside the image.
    code: usize,
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
        let layout = Layout::of(&blob)?;
        let mut resident = Resident::new(sealed_memsz(&layout, &segments))?;
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
        let code = layout.bufsz() as usize - size_of::<Header>();
        self.loaded = Some(Loaded { resident, entry: placed.entry(), code });
        Ok(())
    }

    /// Runs it: what it found, and how it went.
    ///
    /// # Errors
    /// It could not be run, or gave no verdict; or nothing was loaded.
    pub fn run(&mut self) -> Result<(Verdict, Finished), BlobError> {
        let Loaded { resident, entry, .. } = self.loaded.as_mut().ok_or(BlobError::NotLoaded)?;
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

    fn run_part(
        &mut self,
        image: &Verified,
        _: &[u8],
        _: usize,
    ) -> anyhow::Result<(Verdict, usize)> {
        let verdict = Native::run(self)?.0;
        let own = self.loaded.as_ref().map_or(0, |loaded| loaded.code);
        Ok((verdict, image.bytes() + own))
    }

    fn overhead(&self) -> Duration {
        self.loaded.as_ref().map_or(Duration::ZERO, |loaded| loaded.resident.overhead())
    }
}

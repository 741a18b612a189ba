//! Purgatories as rows of the bench.

use super::object;
use crate::contender::{Candidate, Contender, Verdict};
use crate::image::{self, Image};
use crate::sources::Sources;
use anyhow::{Context, Result};
use purgatory_abi::native::SegmentKind;
use purgatory_abi::{Loader, Region};
use purgatory_loader::Segment;
use purgatory_runner::drop_in::DropIn;
use purgatory_runner::native::Native;
use std::path::Path;
use std::time::Duration;

/// All purgatories, stock ones first.
#[must_use]
pub fn all(sources: &Sources) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = sources
        .kernels
        .iter()
        .map(|kernel| {
            candidate(format!("stock-linux-{}", kernel.version), stock_linux(&kernel.file))
        })
        .collect();
    candidates.push(candidate("stock-kexec-tools".into(), stock_kexec_tools(&sources.kexec)));
    for loader in [Loader::Linux, Loader::KexecTools] {
        let file = sources.blobs.join(loader.file());
        candidates.push(candidate(format!("ours-{loader}"), ours(&file)));
    }
    let file = sources.blobs.join(Loader::Native.file());
    candidates.push(candidate("ours-native".into(), native(&file)));
    let newest = sources.kernels.last().context("no kernel was given: name one with --kernel");
    let stock = newest.and_then(|kernel| stock_linux(&kernel.file));
    candidates.push(candidate("crash-image-stock".into(), stock));
    candidates.push(candidate("crash-image-native".into(), native(&file)));
    candidates
}

/// The check of a stock kernel's purgatory.
///
/// # Errors
/// The file is no kernel with a purgatory in it, or there is no memory for that.
pub fn stock_linux(kernel: &Path) -> Result<DropIn> {
    Ok(DropIn::stock(&object::of_kernel(kernel)?)?)
}

/// The check of a stock kexec's purgatory.
///
/// # Errors
/// The file is no kexec with a purgatory in it, or there is no memory for that.
pub fn stock_kexec_tools(kexec: &Path) -> Result<DropIn> {
    Ok(DropIn::stock(&object::of_kexec(kexec)?)?)
}

/// A drop-in of ours.
///
/// # Errors
/// The file is no purgatory, or there is no memory for it.
pub fn ours(file: &Path) -> Result<DropIn> {
    DropIn::ours(&object::read(file)?).with_context(|| file.display().to_string())
}

/// Our purgatory of the native contract.
///
/// # Errors
/// The file is no purgatory.
pub fn native(file: &Path) -> Result<Native> {
    Native::new(object::read(file)?).with_context(|| file.display().to_string())
}

fn candidate(name: String, contender: Result<impl Contender + 'static>) -> Candidate {
    let contender = contender.map(|contender| Box::new(contender) as Box<dyn Contender>);
    Candidate { name, contender }
}

impl Contender for DropIn {
    fn prepare(&mut self, image: &Image, memory: &[u8]) -> Result<()> {
        let region = |segment: &image::Segment| Region {
            start: address(segment, memory),
            len: segment.range.len() as u64,
        };
        let regions: Vec<Region> = image.segments().iter().map(region).collect();
        Ok(self.load(&regions, image.stream())?)
    }

    fn run(&mut self, _image: &Image, _memory: &[u8]) -> Result<Verdict> {
        Ok(DropIn::run(self)?.0)
    }

    fn overhead(&self) -> Duration {
        DropIn::overhead(self)
    }
}

impl Contender for Native {
    fn prepare(&mut self, image: &Image, memory: &[u8]) -> Result<()> {
        let segment = |segment: &image::Segment| Segment {
            kind: SegmentKind::Other,
            address: address(segment, memory),
            payload: memory[segment.payload()].into(),
            zeros: segment.zeros().len() as u64,
        };
        let segments: Vec<Segment<'_>> = image.segments().iter().map(segment).collect();
        Ok(self.load(&segments, image.chunks().as_flattened())?)
    }

    fn run(&mut self, _image: &Image, _memory: &[u8]) -> Result<Verdict> {
        Ok(Native::run(self)?.0)
    }

    fn run_part(&mut self, image: &Image, _: &[u8], _: usize) -> Result<(Verdict, usize)> {
        Ok((Native::run(self)?.0, image.bytes() + self.own_bytes()))
    }

    fn overhead(&self) -> Duration {
        Native::overhead(self)
    }
}

fn address(segment: &image::Segment, memory: &[u8]) -> u64 {
    memory[segment.range.clone()].as_ptr().expose_provenance() as u64
}

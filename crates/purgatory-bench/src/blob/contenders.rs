//! Purgatories as rows of the bench.

use crate::contender::{Candidate, Contender, Verdict};
use crate::image::{self, Image};
use crate::input::Sources;
use anyhow::{Context, Result};
use purgatory_abi::native::SegmentKind;
use purgatory_abi::{Loader, Region};
use purgatory_loader::Segment;
use purgatory_runner::drop_in::DropIn;
use purgatory_runner::native::Native;
use purgatory_runner::object;
use std::path::Path;
use std::time::Duration;

/// Returns all purgatories as candidates, stock ones first.
#[must_use]
pub fn all(sources: &Sources) -> Vec<Candidate> {
    let kernels = sources.kernels.iter();
    let mut all: Vec<Candidate> = kernels
        .map(|kernel| {
            Candidate::new(format!("stock-linux-{}", kernel.version), stock_linux(&kernel.file))
        })
        .collect();
    let blob = |loader: Loader| sources.blobs.join(loader.file());
    let newest = sources.kernels.last().context("the input file names no kernel");
    all.extend([
        Candidate::new("stock-kexec-tools", stock_kexec_tools(&sources.kexec)),
        Candidate::new("ours-linux", ours(&blob(Loader::Linux))),
        Candidate::new("ours-kexec-tools", ours(&blob(Loader::KexecTools))),
        Candidate::new("ours-native", native(&blob(Loader::Native))),
        Candidate::new("crash-image-stock", newest.and_then(|newest| stock_linux(&newest.file))),
        Candidate::new("crash-image-native", native(&blob(Loader::Native))),
    ]);
    all
}

/// Returns the check of a stock kernel's purgatory.
///
/// # Errors
///
/// Returns an error if the file is not a kernel with a purgatory, or if there is no memory for the purgatory.
pub fn stock_linux(kernel: &Path) -> Result<DropIn> {
    Ok(DropIn::stock(&object::of_kernel(kernel)?)?)
}

/// Returns the check of a stock kexec's purgatory.
///
/// # Errors
///
/// Returns an error if the file is not a kexec with a purgatory, or if there is no memory for the purgatory.
pub fn stock_kexec_tools(kexec: &Path) -> Result<DropIn> {
    Ok(DropIn::stock(&object::of_kexec(kexec)?)?)
}

/// Returns one of our drop-in purgatories.
///
/// # Errors
///
/// Returns an error if the file is not a drop-in purgatory, or if there is no memory for it.
pub fn ours(file: &Path) -> Result<DropIn> {
    DropIn::ours(&object::read(file)?).with_context(|| format!("cannot use {}", file.display()))
}

/// Returns our native purgatory.
///
/// # Errors
///
/// Returns an error if the file is not a purgatory.
pub fn native(file: &Path) -> Result<Native> {
    Native::new(object::read(file)?).with_context(|| format!("cannot use {}", file.display()))
}

impl Contender for DropIn {
    fn prepare(&mut self, image: &Image, memory: &[u8]) -> Result<()> {
        let region = |segment: &image::Segment| Region {
            start: address(segment, memory),
            len: segment.range.len() as u64,
        };
        let regions: Vec<Region> = image.segments().iter().map(region).collect();
        let contents: Vec<_> =
            image.segments().iter().map(|segment| &memory[segment.range.clone()]).collect();
        Ok(self.load(&regions, image.stream(), &contents)?)
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

//! Purgatories as rows of the bench.

use super::loaded::Loaded;
use super::object;
use crate::contender::{Candidate, Contender, Verdict};
use crate::image::Image;
use crate::sources::Sources;
use anyhow::{Context, Result};
use purgatory_abi::linux::Region;
use std::path::Path;

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
    for kind in ["linux", "kexec-tools"] {
        let file = sources.blobs.join(format!("purgatory-{kind}.ro"));
        candidates.push(candidate(format!("ours-{kind}"), ours(&file)));
    }
    let newest = sources.kernels.last().context("no kernel was given: name one with --kernel");
    let stock = newest.and_then(|kernel| stock_linux(&kernel.file));
    candidates.push(candidate("crash-image-stock".into(), stock));
    candidates
}

/// The check of a stock kernel's purgatory.
///
/// # Errors
/// The file is no kernel with a purgatory in it, or there is no memory for that.
pub fn stock_linux(kernel: &Path) -> Result<Loaded> {
    Ok(Loaded::stock(&object::of_kernel(kernel)?)?)
}

/// The check of a stock kexec's purgatory.
///
/// # Errors
/// The file is no kexec with a purgatory in it, or there is no memory for that.
pub fn stock_kexec_tools(kexec: &Path) -> Result<Loaded> {
    Ok(Loaded::stock(&object::of_kexec(kexec)?)?)
}

/// A purgatory of ours.
///
/// # Errors
/// The file is no purgatory, or there is no memory for it.
pub fn ours(file: &Path) -> Result<Loaded> {
    Loaded::ours(&object::read(file)?).with_context(|| file.display().to_string())
}

fn candidate(name: String, loaded: Result<Loaded>) -> Candidate {
    let contender = loaded.map(|loaded| Box::new(loaded) as Box<dyn Contender>);
    Candidate { name, contender }
}

impl Contender for Loaded {
    fn prepare(&mut self, image: &Image, memory: &[u8]) -> Result<()> {
        let start = memory.as_ptr().expose_provenance();
        let region = |range: &std::ops::Range<usize>| Region {
            start: (start + range.start) as u64,
            len: range.len() as u64,
        };
        let segments = image.segments().iter();
        let regions: Vec<Region> = segments.map(|segment| region(&segment.range)).collect();
        Ok(self.load(&regions, image.stream())?)
    }

    fn run(&mut self, _image: &Image, _memory: &[u8]) -> Result<Verdict> {
        Ok(Loaded::run(self)?.0)
    }
}

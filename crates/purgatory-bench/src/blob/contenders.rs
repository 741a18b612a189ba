//! Purgatories as rows of the bench.

use super::drop_in::DropIn;
use super::native::Native;
use super::object;
use crate::contender::{Candidate, Contender};
use crate::sources::Sources;
use anyhow::{Context, Result};
use purgatory_abi::Loader;
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

//! The errors of loading and running a purgatory.

use super::machine::{End, RunError};
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_loader::{ElfError, PlaceError, SealError, SymbolError};
use thiserror::Error;

/// The reason why a purgatory could not be loaded, or gave no verdict.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages describe the fields")]
pub enum BlobError {
    /// The file is not a valid object.
    #[error("cannot parse the purgatory: {0}")]
    Elf(#[from] ElfError),
    /// The purgatory cannot be placed.
    #[error("cannot place the purgatory: {0}")]
    Place(#[from] PlaceError),
    /// The purgatory lacks a symbol of its loader's contract.
    #[error("the purgatory does not follow its loader's contract: {0}")]
    Symbol(#[from] SymbolError),
    /// The native header cannot be filled in.
    #[error("cannot seal the purgatory: {0}")]
    Seal(#[from] SealError),
    /// The segment digest list differs from the digests of the sha2 crate.
    #[error("purgatory-loader and the sha2 crate give different digests for the segments")]
    Digests,
    /// The object does not have the tables of a drop-in.
    #[error(
        "the object has neither the tables of Linux' purgatory nor those of kexec-tools': use a drop-in purgatory"
    )]
    Kind,
    /// The table of regions is full.
    #[error("{count} regions do not fit in the purgatory's table of {REGION_SLOTS}: use fewer")]
    TooManyRegions { count: usize },
    /// No image was loaded.
    #[error("no image is loaded: call `load` before `run`")]
    NotLoaded,
    /// The purgatory could not be run to its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The purgatory ended, but reported the image neither as intact nor as corrupted.
    #[error(
        "the purgatory ended without a verdict on the image ({end:?}), and printed: {printed:?}"
    )]
    NoVerdict { end: End, printed: String },
}

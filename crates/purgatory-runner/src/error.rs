//! What can go wrong with a purgatory before, while and after it runs.

use super::machine::{End, RunError};
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_loader::{ElfError, PlaceError, SealError, SymbolError};
use thiserror::Error;

/// Why a purgatory is not loaded, or has not said what it was asked.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum BlobError {
    /// It is no object.
    #[error("the purgatory cannot be read: {0}")]
    Elf(#[from] ElfError),
    /// It cannot be placed.
    #[error("the purgatory cannot be placed: {0}")]
    Place(#[from] PlaceError),
    /// It lacks a symbol of its loader's contract.
    #[error("the purgatory is not what its loader expects: {0}")]
    Symbol(#[from] SymbolError),
    /// Its header cannot be filled in.
    #[error("the purgatory cannot be sealed: {0}")]
    Seal(#[from] SealError),
    /// The segment digest list has other digests than sha2 makes.
    #[error("purgatory-loader's digests of the segments are not those of the sha2 crate")]
    Digests,
    /// Its tables are not those of a drop-in.
    #[error(
        "the object has neither the tables of Linux' purgatory nor those of kexec-tools': use one that has"
    )]
    Kind,
    /// The table of regions is full.
    #[error("{count} segments, and a purgatory's table holds {REGION_SLOTS}: use fewer")]
    TooManyRegions { count: usize },
    /// It was not told what to verify.
    #[error("nothing was loaded: load an image before it is run")]
    NotLoaded,
    /// It could not be run, or not to its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// It ended, and that says neither that the image is good nor that it has changed.
    #[error("the purgatory ended without a verdict on the image ({end:?}), and said: {said:?}")]
    NoVerdict { end: End, said: String },
}

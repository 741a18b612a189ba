//! Errors of the shim itself.

use boot_shim::order::OrderError;
use boot_shim::sha256::vectors::VectorsError;
use purgatory_loader::elfcorehdr::ElfcorehdrError;
use purgatory_loader::{ElfError, PlaceError, SealError, SymbolError};

/// An error of the shim or of how it was started; never one of the blob's behaviour.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShimError {
    /// QEMU's tables are invalid.
    #[error("{0}")]
    Boot(&'static str),
    /// The module has no order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The memory to enter has fewer bytes than its pieces.
    #[error("the pieces of memory pass the end of the module")]
    Pieces,
    /// The vectors are no text.
    #[error("the vectors are not UTF-8")]
    VectorsText,
    /// The vectors make no sense.
    #[error("the vectors: {0}")]
    Vectors(#[from] VectorsError<'static>),
    /// The blob is no object of the right kind.
    #[error("the blob: {0}")]
    Blob(#[from] ElfError),
    /// The blob has no loader's tables.
    #[error("the blob has neither Linux' tables nor those of kexec-tools nor our own header")]
    Kind,
    /// A setting for the other blob.
    #[error(
        "the settings say what only kexec-tools passes to its purgatory, and this blob has another loader"
    )]
    OnlyKexecTools,
    /// A setting for a blob of our own contract.
    #[error(
        "the settings say what only purgatory-loader passes to its purgatory, and this blob has another loader"
    )]
    OnlyNative,
    /// The sealed blob has no header or no list where they have to be.
    #[error("the sealed blob has no list of all segments where its header says")]
    List,
    /// A fault is outside the image.
    #[error("the settings ask for a fault in a part that the image does not have")]
    NoSuchPart,
    /// The blob cannot be placed where the settings want it.
    #[error("the blob: {0}")]
    Place(#[from] PlaceError),
    /// The blob lacks one of the tables of the contract.
    #[error("the blob: {0}")]
    Symbol(#[from] SymbolError),
    /// The tables of the blob cannot be filled in.
    #[error("the blob: {0}")]
    Seal(#[from] SealError),
    /// The elfcorehdr cannot be made.
    #[error("the elfcorehdr: {0}")]
    Elfcorehdr(#[from] ElfcorehdrError),
    /// The kernel's end is to be longer than the kernel.
    #[error("the settings ask for more zeros than the kernel has room for behind its entry")]
    Zeros,
    /// The image does not fit.
    #[error("the image is larger than the region for it")]
    TooLarge,
    /// The settings ask for more regions than there are slots.
    #[error("the settings ask for more regions than the table has slots")]
    TooManyRegions,
    /// The settings have a value for XCR0.
    #[error("this processor has no XCR0")]
    NoXcr0,
    /// A guest was asked for.
    #[error("this processor has no SVM")]
    NoSvm,
}

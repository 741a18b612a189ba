//! The native contract: an image is sealed, a loaded one is decoded, or one of its segments is updated.

mod decode;
mod digests;
mod error;
mod list;
mod seal;
mod update;

pub use decode::{DecodeError, Loaded, LoadedSegment};
pub use error::SealError;
pub use seal::{Options, sealed_memsz};
pub(crate) use seal::{SealedSize, check_header};
pub use update::{UpdateError, update};

//! The native contract: seals an image, decodes a loaded image, and updates one of its segments.

mod copies;
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

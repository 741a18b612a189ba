//! What the command-line tool `purgatory` does, as functions over bytes.
//!
//! | module | what |
//! | --- | --- |
//! | [`embed`] | puts a purgatory of ours in the place of the one in a kexec binary or an unpacked kernel |
//! | [`inspect`] | holds the purgatory in a file against the rules of every loader |
//! | [`bz_image`] | finds the compressed kernel in a bzImage |
//! | [`unpack`] | unpacks it |
//! | [`signature`] | tells whether a file carries a signature |
//! | [`blobs`] | our purgatories inside this program |
//! | [`file`](mod@file) | reads files, and writes one whole or not at all |
//! | [`text`] | what people read |
//!
//! Only [`file`](mod@file) touches the machine. `docs/command-line-tool.md` is for users of the tool.

#![forbid(unsafe_code)]

pub mod blobs;
pub mod bz_image;
pub mod embed;
pub mod file;
mod identity;
pub mod inspect;
pub mod signature;
pub mod text;
pub mod unpack;

pub use identity::Identity;

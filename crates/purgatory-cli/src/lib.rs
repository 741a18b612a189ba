//! What the command-line tool `purgatory` does.
//!
//! | module | what |
//! | --- | --- |
//! | [`load`] | loads a kernel, for a panic or for `reboot` |
//! | [`kexec`] | unloads and executes it, and tells what is loaded |
//! | [`embed`] | puts a purgatory of ours in the place of the one in a kexec binary or an unpacked kernel |
//! | [`inspect`] | holds the purgatory in a file against the rules of every loader |
//! | [`unpack`] | unpacks the kernel inside a bzImage |
//! | [`signature`] | tells whether a file carries a signature |
//! | [`blobs`] | our purgatories inside this program |
//! | [`exit`] | the exit statuses, and their text in `--help` |
//! | [`file`](mod@file) | reads files, and writes one whole or not at all |
//! | [`text`] | what people read |
//!
//! Only [`file`](mod@file) and [`kexec::Host`] touch the machine. `docs/command-line-tool.md` and `docs/loading.md` are for
//! users of the tool.

#![forbid(unsafe_code)]

pub mod blobs;
pub mod embed;
pub mod exit;
pub mod file;
mod identity;
pub mod inspect;
pub mod kexec;
pub mod load;
pub mod signature;
pub mod text;
pub mod unpack;

pub use exit::Exit;
pub use identity::Identity;

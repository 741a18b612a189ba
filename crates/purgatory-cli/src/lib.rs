//! The command-line tool `purgatory`.
//!
//! | module | purpose |
//! | --- | --- |
//! | [`load`] | loads a kernel, for a crash kexec or a normal kexec |
//! | [`kexec`] | unloads and executes a kernel, and shows the loaded kernels |
//! | [`embed`] | replaces the purgatory in a kexec binary or an unpacked kernel |
//! | [`inspect`] | checks the purgatories in a file against the rules of every loader |
//! | [`unpack`] | unpacks the kernel inside a bzImage |
//! | [`signature`] | detects the signature of a file |
//! | [`blobs`] | our purgatories inside this program |
//! | [`exit`] | the exit statuses, and their text in `--help` |
//! | [`file`](mod@file) | reads files, and writes one atomically |
//! | [`text`] | text output for people |
//!
//! Only [`file`](mod@file) and [`kexec::Host`] access the machine. `docs/command-line-tool.md` and `docs/loading.md`
//! are for users of the tool.

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

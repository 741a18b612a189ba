//! The definitions that a purgatory and the programs around it share.
//!
//! Loaders, tests and readers of serial logs use these definitions of every layout, symbol name, status code and report
//! keyword. Layouts are asserted at compile time. Nothing allocates, and nothing is unsafe.
//!
//! | module | contents | used by |
//! | --- | --- | --- |
//! | [`Loader`] | the loaders, and the file names of their purgatories | blob, loader, tools, tests |
//! | [`linux`] | the symbols and tables of the Linux kernel's own purgatory | kernel, blob, loader |
//! | [`kexec_tools`] | the symbols and tables of kexec-tools' own purgatory | kexec, blob, loader |
//! | [`native`] | the header and the segment digest list of our own contract | purgatory-loader, blob |
//! | [`code_check`] | the check of a drop-in's code | blob, xtask, tests |
//! | [`boot`] | the fields of the x86 boot protocol | blob, loader |
//! | [`command_line`] | the parameters of a kernel command line | blob, loader, tool |
//! | [`console`], [`FailureAction`], [`number`] | the syntax of consoles, failure actions and numbers, the limits of a UART | blob, loader, tool |
//! | [`status`] | the result of a verification, the warnings, and the actions | blob, report, tests |
//! | [`report`] | the lines of a report: a writer and a parser for each kind of line | blob, tools, tests |

#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "alloc"))]
extern crate alloc;
#[cfg(test)]
extern crate std;

#[macro_use]
mod codes;
#[macro_use]
mod symbols;

pub mod boot;
pub mod code_check;
pub mod command_line;
pub mod console;
mod failure_action;
pub mod kexec_tools;
pub mod linux;
mod loader;
mod memory;
pub mod native;
pub mod number;
mod registers;
pub mod report;
pub mod status;

pub use failure_action::FailureAction;
pub use loader::Loader;
pub use memory::{PAGE, Region};
pub use registers::EntryRegs;
pub use symbols::{Symbol, SymbolKind, SymbolRule};

/// Bytes in a SHA-256 digest.
pub const DIGEST_BYTES: usize = 32;

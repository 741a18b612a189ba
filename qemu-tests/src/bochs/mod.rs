//! One bounded Bochs process.
//!
//! Bochs interprets AVX-512, which no CPU model of QEMU has, so code that needs it runs on any host. The machine gets
//! the same as QEMU's by `-kernel`, `-append` and `-initrd`: a program with a PVH entry, its command line, one module.
//! There is no BIOS and no disk; our own firmware of a few instructions starts the program.
//!
//! | module | content |
//! | --- | --- |
//! | `firmware` | from the reset to the program's entry |
//! | `memory` | the memory of the machine at its start |
//! | `process` | one process, from its configuration to its end |

mod firmware;
mod memory;
mod process;

#[cfg(all(test, feature = "qemu"))]
mod with_qemu;

pub use process::{Bochs, Ended, Outcome};

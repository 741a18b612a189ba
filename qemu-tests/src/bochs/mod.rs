//! One bounded Bochs process.
//!
//! Bochs interprets AVX-512, which no processor model of QEMU's own has: what needs it can be tried on any host. The
//! machine is told as QEMU's is by `-kernel`, `-append` and `-initrd`: a program with a PVH entry, its command line, one
//! module. There is no BIOS and no disk; firmware of a few instructions of ours starts the program.
//!
//! | module | what |
//! | --- | --- |
//! | `firmware` | from the reset to the program's entry |
//! | `memory` | what lies in memory when the machine starts |
//! | `process` | one process, from its configuration to its end |

mod firmware;
mod memory;
mod process;

#[cfg(all(test, feature = "qemu"))]
mod with_qemu;

pub use process::{Bochs, Ended, Outcome};

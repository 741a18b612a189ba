//! The purgatory under QEMU: in the boot shim, and between real kernels.
//!
//! | module | content |
//! | --- | --- |
//! | [`workspace`] | where the blob is, and where packages and logs go |
//! | [`provision`] | finds the programs that the runs need, and installs them where it can |
//! | [`packages`] | fetches and unpacks packages without installing them |
//! | [`kernels`] | the stock kernels, and the programs that run in them |
//! | [`guest`] | the programs in the machine, and the machine's memory as the host sees it |
//! | [`stock`] | runs on stock kernels, with their purgatories and with ours |
//! | [`emulator`] | QEMU, in a version that executes all instructions of the runs |
//! | `memfd` | files that only processes have: nothing to clean up
//! | [`qemu`] | one bounded QEMU process |
//! | [`bochs`] | one bounded Bochs process: it executes AVX-512, which QEMU's own processor model does not |
//! | [`shim`] | runs of the boot shim |
//! | `verdict` | which purgatory a verdict is of |
//! | [`implementations`] | runs of the boot shim that check or count SHA-256 implementations |

#![forbid(unsafe_code)]

pub mod bochs;
mod bounded;
pub mod emulator;
pub mod guest;
pub mod implementations;
pub mod kernels;
mod memfd;
pub mod packages;
pub mod provision;
pub mod qemu;
pub mod shim;
pub mod stock;
mod verdict;
pub mod workspace;

/// The name of a run that others make nearly needless begins so: `cargo xtask test` makes it with `--full` only, since
/// a run takes ten seconds.
pub const FULL: &str = "full::";

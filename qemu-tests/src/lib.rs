//! The purgatory under QEMU: in the boot shim, and between real kernels.
//!
//! | module | what |
//! | --- | --- |
//! | [`provision`] | finds the programs that the runs need, and installs them where it can |
//! | [`qemu`] | one bounded QEMU process |

#![forbid(unsafe_code)]

pub mod provision;
pub mod qemu;

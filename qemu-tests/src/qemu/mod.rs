//! One bounded QEMU process.
//!
//! [`Qemu`] collects the parts of the machine, [`Vm`] is the running process. A `Vm` ends by itself, is killed at its
//! deadline, or is killed when it is dropped; nothing here waits longer than that deadline.
//!
//! Always `-accel tcg`: the tests put the processor into states that nested virtualisation has been seen to hang in,
//! and the emulated processor is the same on every host.

mod builder;
mod qmp;
mod serial;
mod vm;

pub use builder::Qemu;
pub use qmp::Qmp;
pub use serial::{Line, Serial};
pub use vm::{Ended, Vm};

#[cfg(all(test, feature = "qemu"))]
mod with_qemu;

//! The machine: everything that only exists where there is no operating system.
//!
//! **What we know on entry** (`arch/x86/kernel/relocate_kernel_64.S`): long mode, interrupts off, an identity map of all RAM
//! and of all segments, and nothing else: the stack may not be ours, the GDT and IDT may be empty, SSE is off, any
//! exception resets the machine, and in a confidential guest every port and every CPUID is an exception.
//!
//! **What we are responsible for**, in this order:
//!
//! | module | what |
//! | --- | --- |
//! | [`entry`] | a stack of our own; CR0 and CR4 remembered; SSE on |
//! | [`descriptors`] | our GDT, and a TSS with stacks for exceptions |
//! | [`exceptions`] | our IDT: NMIs are counted, probes that fault are survived, the rest is reported |
//! | [`probe`] | instructions that may fault, tried out |
//! | [`processor`] | what the processor can do, and what it must be brought to |
//! | `vectors` | the same for the wide vector registers |
//! | [`own`], [`physical`], [`io`], `screen` | memory, ports and the VGA screen for the modules that are not unsafe |
//! | [`pc`] | all of it as a [`Machine`](crate::hardware::Machine), and what it does at the end |
//! | [`legacy`] | kexec-tools' ways from long mode to 32-bit entries and to real mode |
//! | [`hand_off`] | CR0 and CR4 given back, the capture kernel's registers loaded, the jump |
//!
//! No MSR is read or written on the way to a 64-bit entry: that faults in confidential guests.

#![allow(unsafe_code, reason = "this is where the machine is")]

mod descriptors;
mod entry;
mod exceptions;
mod hand_off;
mod io;
pub mod legacy;
mod mem;
mod own;
mod pc;
mod physical;
mod probe;
mod processor;
#[cfg(feature = "kexec-tools")]
mod screen;
mod single;
#[cfg(feature = "native")]
mod vectors;

pub use own::own_code;
pub use pc::{Kept, Pc, Slot, internal_fault, start};

pub use single::Single;

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
//! | `vectors`, `verify` | the same for the wide vector registers, and which of them each way of verifying wants |
//! | [`own`], [`physical`], [`io`], [`consoles`], `screen` | memory, ports, serial ports and the VGA screen for the modules that are not unsafe |
//! | [`mod@run`] | the way from plan to hand-off, and from a fault to the policy |
//! | [`duties`] | what kexec-tools leaves to its purgatory before that: a copy of low memory, a word on the command line |
//! | [`legacy`] | kexec-tools' ways from long mode to 32-bit entries and to real mode |
//! | [`hand_off`] | CR0 and CR4 given back, the capture kernel's registers loaded, the jump |
//!
//! No MSR is read or written on the way to a 64-bit entry: that faults in confidential guests.

#![allow(unsafe_code, reason = "this is where the machine is")]

mod consoles;
mod descriptors;
pub mod duties;
mod entry;
mod exceptions;
mod hand_off;
mod io;
pub mod legacy;
mod mem;
mod own;
mod physical;
mod probe;
mod processor;
mod run;
#[cfg(feature = "vga")]
pub mod screen;
mod single;
#[cfg(feature = "native")]
mod vectors;
mod verify;

pub use own::own_code;
pub use physical::Physical;
pub use run::{Kept, Loader, internal_fault, run};
pub use single::Single;

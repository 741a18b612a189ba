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
//! | [`own`], [`physical`], [`io`], [`consoles`] | memory, ports and serial ports for the modules that are not unsafe |
//! | [`mod@run`] | the way from plan to hand-off, and from a fault to the policy |
//! | [`hand_off`] | CR0 and CR4 given back, the capture kernel's registers loaded, the jump |
//!
//! No MSR is read or written: that faults in confidential guests.

#![allow(unsafe_code, reason = "this is where the machine is")]

mod consoles;
mod descriptors;
mod entry;
mod exceptions;
mod hand_off;
mod io;
mod mem;
mod own;
mod physical;
mod probe;
mod processor;
mod run;
mod single;

pub use physical::Physical;
pub use run::{internal_fault, run};
pub use single::Single;

//! The real processor: all code that needs bare metal. Module `hardware` has the trait that the other modules use, and
//! the fake machine of host tests; [`pc`] implements the trait here.
//!
//! **State at entry** (`arch/x86/kernel/relocate_kernel_64.S`): the processor is in long mode, interrupts are off, and
//! an identity map covers all RAM and all segments. Nothing else is certain. The stack may belong to the running
//! kernel, the GDT and the IDT may be empty, and SSE is off. Any exception resets the machine. In a confidential guest
//! every port access and every CPUID raises an exception.
//!
//! **The modules**, in the order in which a run uses them:
//!
//! | module | task |
//! | --- | --- |
//! | `copies` | repairs the native purgatory's contents from two copies |
//! | `code_check` | checks the drop-ins' code and constants |
//! | [`entry`] | sets up our stack; saves CR0 and CR4; enables SSE |
//! | [`descriptors`] | loads our GDT, and a TSS with stacks for exceptions |
//! | [`exceptions`] | loads our IDT: counts NMIs, continues after a probe that faults, reports all other exceptions |
//! | [`probe`] | executes instructions that may fault, with a fixup |
//! | [`processor`] | finds the instructions of the processor, and enables them |
//! | `vectors` | does the same for the wide vector registers |
//! | `loaded` | reads the tables that a loader has filled in |
//! | [`own`], [`physical`], [`io`], `screen` | give safe modules access to memory, ports and the VGA screen |
//! | [`pc`] | implements [`Machine`](crate::hardware::Machine), and carries out the end of a run |
//! | `legacy` | switches from long mode to 32-bit entries and to real mode, for kexec-tools |
//! | [`hand_off`] | restores CR0 and CR4, loads the target kernel's registers, and jumps |
//!
//! No MSR is read or written before a 64-bit entry: that faults in confidential guests.

#![allow(unsafe_code, reason = "all code that needs the processor is here")]

#[cfg(not(feature = "native"))]
mod code_check;
#[cfg(feature = "native")]
mod copies;
mod descriptors;
mod entry;
mod exceptions;
mod hand_off;
mod io;
#[cfg(feature = "kexec-tools")]
pub mod legacy;
mod loaded;
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

pub use own::{own_code, stack_end};
pub use pc::{Kept, Pc, Slot, internal_fault, start};
pub use processor::sha_ni;

pub use loaded::Loaded;
#[cfg(feature = "kexec-tools")]
pub use physical::Writer;
pub use single::Single;

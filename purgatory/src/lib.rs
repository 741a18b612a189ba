//! The program between a crashed kernel and the kernel that is to save its memory.
//!
//! A byte's way through it, front to back:
//!
//! | module | step | knows |
//! | --- | --- | --- |
//! | `machine` | entry, own GDT, IDT and stacks, probes; at the end, the hand-off | the processor and the ports |
//! | [`mod@run`], [`fault`] | the order of all that follows, and the fault path; both return what the machine does at the end | [`hardware`] |
//! | [`loader`] | a loader's raw tables become a [`plan`] | one loader's symbols |
//! | [`plan`] | a drop-in's raw slots, or the native list, become memory that makes sense, or a defect with its place | the region table; the segment digest list |
//! | [`config`] | `boot_params` and the command line become consoles and a failure policy | the boot protocol |
//! | [`implementation`] | the fastest SHA-256 code that gives the known answers is chosen | implementations |
//! | [`way`] | which of two ways verifies the image: one digest over all regions, or one a chunk | the two ways |
//! | [`verify`], [`zeros`] | every region or chunk is digested, and zeros are looked at | memory, digests |
//! | [`elfcorehdr`] | what tells the capture kernel where memory is makes sense, or is a warning | ELF core files |
//! | [`report`] | what happened becomes lines of text | text |
//! | [`outputs`] | the report goes to every console | the kinds of consoles |
//! | [`uart`] | text becomes bytes on a serial port, with a bound to every wait | one UART |
//! | [`vga`] | text becomes cells on a screen, at its bottom; the adapter's text mode | the VGA registers |
//! | [`policy`] | what happened becomes what to do | status, policy |
//!
//! Everything but `machine` is pure: it reaches the machine through [`hardware::Machine`], memory through
//! [`memory::Memory`] and ports through [`ports::Ports`], so that plain host tests run a complete purgatory. Nothing
//! allocates, recurses or waits without a bound. Unsafe code is in `machine`, except for the serial driver's trait in
//! [`uart`], the vectors of [`zeros`], and the symbol names of the programs in `bin`.

#![cfg_attr(not(test), no_std)]

pub mod config;
pub mod elfcorehdr;
pub mod fault;
pub mod hardware;
pub mod image;
pub mod implementation;
pub mod loader;
#[cfg(feature = "blob")]
pub mod machine;
pub mod memory;
pub mod outputs;
pub mod plan;
pub mod policy;
pub mod ports;
pub mod report;
pub mod run;
pub mod uart;
pub mod verify;
pub mod vga;
pub mod warnings;
pub mod way;
pub mod zeros;

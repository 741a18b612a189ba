//! The program between a dead kernel and the kernel that is to save its memory.
//!
//! A byte's way through it, front to back:
//!
//! | module | step | knows |
//! | --- | --- | --- |
//! | [`machine`] | entry, own GDT, IDT and stacks, probes, hand-off | the processor and the ports; all unsafe code |
//! | [`door`] | a loader's raw tables become a [`plan::Plan`] | one loader's symbols |
//! | [`config`] | `boot_params` and the command line become consoles and a failure policy | the boot protocol |
//! | [`verify`] | every region is digested | regions, digests |
//! | [`report`] | what happened becomes lines on the consoles | text |
//! | [`policy`] | what happened becomes what to do | status, policy |
//!
//! Everything but [`machine`] is pure: memory is reached through [`memory::Memory`] and ports through [`ports::Ports`],
//! so that plain host tests run it. Nothing allocates, recurses or waits without a bound.

#![cfg_attr(not(test), no_std)]

pub mod config;
pub mod door;
pub mod engine;
#[cfg(feature = "blob")]
pub mod machine;
pub mod memory;
pub mod plan;
pub mod policy;
pub mod ports;
pub mod region;
pub mod report;
pub mod uart;
pub mod verify;

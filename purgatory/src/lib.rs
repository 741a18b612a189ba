//! The purgatory: the program between the crashed kernel and the capture kernel.
//!
//! The modules, in the order in which a run uses them:
//!
//! | module | step | knows |
//! | --- | --- | --- |
//! | `machine` | enters, loads our GDT, IDT and stacks, probes instructions; at the end, hands off | the real processor and its ports |
//! | [`mod@run`], [`fault`] | give the order of the steps, and the fault path; both return the end of the run | [`hardware`], the trait for a machine |
//! | [`loader`] | turns a loader's raw tables into a [`plan`] | one loader's symbols |
//! | [`plan`] | checks the region table of a drop-in, or the native list; the result is checked memory, or a defect with its place | the region table; the segment digest list |
//! | [`config`] | reads consoles, failure action and verbosity from the command line that `boot_params` names | the boot protocol |
//! | [`implementation`] | chooses the fastest SHA-256 implementation that passes its known-answer test | implementations |
//! | [`digest_scheme`] | joins the steps below for each of the two layouts of digests: one over all regions, or one for each chunk | the two schemes |
//! | [`verify`], [`zeros`] | digest every region or chunk, and check that zero padding is zero | memory, digests |
//! | [`elfcorehdr`] | checks that the capture kernel can read elfcorehdr; a problem is a warning | ELF core files |
//! | [`report`] | turns the result into lines of text | text |
//! | [`open_consoles`] | sends the report to every console | the kinds of consoles |
//! | [`uart`] | sends bytes to a serial port; every wait is bounded | one UART |
//! | [`vga`] | writes characters at the bottom of a text screen; resets the adapter to text mode | the VGA registers |
//! | [`policy`] | decides: boot, continue, halt or reset | status, failure action |
//!
//! Only `machine` uses the processor. Every other module reaches the machine through the trait [`hardware::Machine`],
//! memory through [`memory::Memory`] and ports through [`ports::Ports`]. So host tests run a complete purgatory on a
//! fake machine. Nothing allocates, recurses or waits without a bound.
//!
//! Unsafe code is in `machine`, with three exceptions: the serial driver's trait in [`uart`], the vectors of [`zeros`],
//! and the programs in `bin`, which define symbols and start a run.

#![cfg_attr(not(test), no_std)]

pub mod config;
pub mod digest_scheme;
pub mod elfcorehdr;
pub mod fault;
pub mod hardware;
pub mod image;
pub mod implementation;
pub mod key;
pub mod loader;
#[cfg(feature = "blob")]
pub mod machine;
pub mod memory;
pub mod open_consoles;
pub mod plan;
pub mod policy;
pub mod ports;
pub mod report;
pub mod run;
pub mod uart;
pub mod verify;
pub mod vga;
pub mod warnings;
pub mod zeros;

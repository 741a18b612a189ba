//! All runs, with the expected result of each.

pub mod kexec_tools;
pub mod linux;
pub mod native;

use std::time::Duration;

use boot_shim::fault::{Byte, Fault, Part};
use purgatory_abi::Loader;
use purgatory_abi::status::{Action, Status};

use super::case::{BOOTS, Case, Image, Kernels, Run, Start};
use super::machine::Machine;
use super::seen::{End, Expected, Place, Printed};

/// A load of the kernel's own files with each loader, then a panic.
const PANIC: Case = Case {
    name: "",
    loader: Loader::Linux,
    start: Start::Panic,
    image: Image::BzImage,
    console: "ttyS0",
    switches: "",
    parameters: "",
    faults: &[],
    read: false,
    debug_info: false,
    machine: Machine::FIXED,
    graphics: false,
    kernels: Kernels::All,
    wait: Duration::ZERO,
    stock: None,
    ours: Run { expected: BOOTS, always: Kernels::All },
};

const MISMATCH: Printed = Printed::Verdict(Status::Mismatch, Action::Halt);
const VERIFIED: Printed = Printed::Verdict(Status::Verified, Action::Boot);

/// The stock purgatory after a digest mismatch.
const SPINS: Expected = Expected { end: End::Spins, lines: &[] };

/// Ours after a digest mismatch.
const REPORTS: Expected = Expected { end: End::Halts, lines: &[(Place::TtyS0, MISMATCH)] };

/// Ours with a report of success.
const REPORTS_SUCCESS: Expected = Expected { end: End::Boots, lines: &[(Place::TtyS0, VERIFIED)] };

const KERNEL: &[Fault] = &[Fault::flip(Part::Kernel, Byte::Middle)];
const INITRD: &[Fault] = &[Fault::flip(Part::Initrd, Byte::Middle)];
/// No kernel reads the last byte.
const BOOT_PARAMS: &[Fault] = &[Fault::flip(Part::BootParams, Byte::Last)];
const COMMAND_LINE: &[Fault] = &[Fault::flip(Part::IgnoredWord, Byte::Last)];
/// The alignment of the last program header, which no kernel reads: 8 bytes at the end.
const ELFCOREHDR: &[Fault] = &[Fault::flip(Part::Elfcorehdr, Byte::FromEnd(8))];

/// The cases of all loaders.
pub fn all() -> impl Iterator<Item = &'static Case> {
    linux::ALL.iter().chain(kexec_tools::ALL).chain(native::ALL)
}

#[cfg(test)]
mod tests;

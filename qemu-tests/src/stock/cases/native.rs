//! Runs of `purgatory load`, with the native purgatory that it embeds.
//!
//! Every machine, segment and switch appears once, not each with each: a run takes seconds.

use std::time::Duration;

use boot_shim::fault::{Byte, Fault, Part};
use purgatory_abi::Loader;
use purgatory_abi::status::{Action, Status, Warning};

use super::{
    BOOT_PARAMS, COMMAND_LINE, ELFCOREHDR, INITRD, KERNEL, MISMATCH, REPORTS, REPORTS_SUCCESS,
};
use crate::stock::case::{Case, Image, Kernels, Run, Start};
use crate::stock::machine::{Machine, Processors};
use crate::stock::seen::{End, Expected, Place, Printed};

/// `purgatory load --panic`, a panic, a dump.
pub const PANIC: Case = Case {
    loader: Loader::Native,
    kernels: Kernels::Newest,
    machine: Machine::SMALL,
    ..super::PANIC
};

/// The same, and the purgatory reports success.
pub const VERBOSE: Case =
    Case { name: "verbose", switches: "--verbose", ours: ours(REPORTS_SUCCESS), ..PANIC };

/// `purgatory load` and `purgatory exec`.
const EXEC: Case = Case { start: Start::Exec, ..VERBOSE };

/// The run whose dump is read.
pub const READ: Case =
    Case { name: "read", kernels: Kernels::All, machine: PROCESSORS_4, read: true, ..PANIC };

/// The run that shows a report.
pub const KERNEL_CHANGED: Case =
    Case { kernels: Kernels::All, ..changed("kernel-changed", KERNEL, REPORTS) };

/// Four processors.
pub const PROCESSORS_4: Machine = Machine { processors: Processors::Four, ..Machine::SMALL };

/// The crash kernel region is above 4 GiB.
pub const ABOVE_4G: Machine = Machine { ram: 17 << 28, high: true, ..Machine::SMALL };

/// UEFI.
pub const UEFI: Machine = Machine { uefi: true, ..Machine::SMALL };

/// Page tables of five levels.
pub const FIVE_LEVELS: Machine = Machine { five_levels: true, ..Machine::SMALL };

const fn ours(expected: Expected) -> Run {
    Run { expected, always: Kernels::All }
}

const fn changed(name: &'static str, faults: &'static [Fault], expected: Expected) -> Case {
    Case { name, faults, ours: ours(expected), ..PANIC }
}

const fn lines(end: End, lines: &'static [(Place, Printed)]) -> Expected {
    Expected { end, lines }
}

const TWO: &[Fault] = &[KERNEL[0], INITRD[0]];
const TWO_OTHERS: &[Fault] = &[INITRD[0], COMMAND_LINE[0]];

/// All runs.
pub const ALL: &[Case] = &[
    READ,
    Case {
        name: "debug-info",
        debug_info: true,
        ours: Run { always: Kernels::None, ..PANIC.ours },
        ..READ
    },
    Case { name: "above-4g", machine: ABOVE_4G, ..PANIC },
    Case { name: "uefi", machine: UEFI, ..PANIC },
    Case { name: "five-levels", machine: FIVE_LEVELS, ..PANIC },
    Case { name: "exec-vmlinux", kernels: Kernels::Oldest, image: Image::Vmlinux, ..EXEC },
    Case { name: "exec-above-4g", machine: ABOVE_4G, ..EXEC },
    Case { name: "exec-uefi", kernels: Kernels::Oldest, machine: UEFI, ..EXEC },
    KERNEL_CHANGED,
    Case {
        switches: "--on-failure=reset,3",
        wait: Duration::from_secs(3),
        machine: PROCESSORS_4,
        ..changed(
            "initrd-changed",
            INITRD,
            lines(
                End::Resets,
                &[(Place::TtyS0, Printed::Verdict(Status::Mismatch, Action::Reset))],
            ),
        )
    },
    Case {
        kernels: Kernels::Oldest,
        switches: "--console=ttyS1",
        ..changed(
            "boot-params-changed",
            BOOT_PARAMS,
            lines(End::Halts, &[(Place::TtyS1, MISMATCH)]),
        )
    },
    Case {
        switches: "--on-failure=continue",
        ..changed(
            "command-line-changed",
            COMMAND_LINE,
            lines(
                End::Boots,
                &[(Place::TtyS0, Printed::Verdict(Status::Mismatch, Action::Continue))],
            ),
        )
    },
    changed("two-changed", TWO, REPORTS),
    Case {
        kernels: Kernels::Oldest,
        machine: ABOVE_4G,
        ..changed("two-changed-above-4g", TWO_OTHERS, REPORTS)
    },
    // 6.12 may rewrite it. 6.1 does not, so the header has its digest.
    Case { name: "elfcorehdr-changed", faults: ELFCOREHDR, ..VERBOSE },
    Case {
        kernels: Kernels::Oldest,
        ..changed(
            "final-elfcorehdr-changed",
            ELFCOREHDR,
            lines(
                End::Boots,
                &[
                    (Place::TtyS0, Printed::Warning(Warning::ElfcorehdrChanged)),
                    (Place::TtyS0, Printed::Verdict(Status::Verified, Action::Boot)),
                ],
            ),
        )
    },
    Case {
        // `continue` is only for a mismatch.
        switches: "--on-failure=continue",
        ..changed(
            "code-changed",
            &[Fault::flip(Part::Code, Byte::Guest)],
            lines(
                End::Halts,
                &[(Place::TtyS0, Printed::Verdict(Status::CodeCorrupted, Action::Halt))],
            ),
        )
    },
    Case {
        kernels: Kernels::Oldest,
        ..changed(
            "list-changed",
            &[Fault::flip(Part::List, Byte::Last)],
            lines(
                End::Resets,
                &[(Place::TtyS0, Printed::Verdict(Status::ListCorrupted, Action::Reset))],
            ),
        )
    },
    changed(
        "registers-changed",
        &[Fault::flip(Part::Registers, Byte::Guest)],
        lines(
            End::Resets,
            &[
                // rsi is the address of the boot parameters.
                (Place::TtyS0, Printed::Warning(Warning::BootParamsNoHeader)),
                (Place::TtyS0, Printed::Verdict(Status::HeaderCorrupted, Action::Reset)),
            ],
        ),
    ),
];

//! Runs of `kexec -s`: Linux loads, and embeds the purgatory.

use std::time::Duration;

use boot_shim::fault::{Byte, Fault, Part};
use purgatory_abi::status::{Action, Status};

use super::{
    BOOT_PARAMS, COMMAND_LINE, ELFCOREHDR, INITRD, KERNEL, MISMATCH, PANIC, REPORTS,
    REPORTS_SUCCESS, SPINS,
};
use crate::stock::case::{BOOTS, Case, Kernels, Run, Start};
use crate::stock::machine::Machine;
use crate::stock::seen::{End, Expected, Place, Printed};

const VERBOSE: &str = "purgatory.verbose";

/// Nothing is changed. The newest kernel's stock purgatory represents the others.
const CLEAN: Case =
    Case { name: "clean", stock: Some(Run { expected: BOOTS, always: Kernels::Newest }), ..PANIC };

const fn changed(name: &'static str, faults: &'static [Fault]) -> Case {
    Case {
        name,
        faults,
        stock: Some(Run { expected: SPINS, always: Kernels::Newest }),
        ours: Run { expected: REPORTS, always: Kernels::All },
        ..CLEAN
    }
}

/// One digest covers all segments: which of them is changed makes no difference.
const fn changed_too(name: &'static str, faults: &'static [Fault]) -> Case {
    Case {
        stock: Some(Run { expected: SPINS, always: Kernels::None }),
        ours: Run { expected: REPORTS, always: Kernels::Newest },
        ..changed(name, faults)
    }
}

/// Properties of our purgatory do not depend on the kernel.
const fn ours(name: &'static str, parameters: &'static str, expected: Expected) -> Case {
    Case {
        name,
        parameters,
        stock: None,
        ours: Run { expected, always: Kernels::Newest },
        faults: KERNEL,
        ..PANIC
    }
}

const RESETS: Expected = Expected {
    end: End::Resets,
    lines: &[(Place::TtyS0, Printed::Verdict(Status::Mismatch, Action::Reset))],
};

const CODE_CORRUPTED: Expected = Expected {
    end: End::Resets,
    lines: &[(Place::TtyS0, Printed::Verdict(Status::CodeCorrupted, Action::Reset))],
};

/// All runs.
pub const ALL: &[Case] = &[
    CLEAN,
    changed("kernel-changed", KERNEL),
    changed_too("initrd-changed", INITRD),
    changed_too("boot-params-changed", BOOT_PARAMS),
    changed_too("command-line-changed", COMMAND_LINE),
    changed("elfcorehdr-changed", ELFCOREHDR),
    // Our purgatory does not read the request to halt.
    Case {
        faults: &[Fault::flip(Part::Code, Byte::Guest)],
        ..ours("code-changed", "purgatory.on_failure=halt", CODE_CORRUPTED)
    },
    // 6.12 finds room above 4 GiB.
    Case {
        name: "exec",
        start: Start::Exec,
        machine: Machine { ram: 6 << 30, ..Machine::FIXED },
        parameters: VERBOSE,
        stock: Some(Run { expected: BOOTS, always: Kernels::None }),
        ours: Run { expected: REPORTS_SUCCESS, always: Kernels::All },
        ..PANIC
    },
    Case { faults: &[], ..ours("verbose", VERBOSE, REPORTS_SUCCESS) },
    Case {
        console: "ttyS1",
        ..ours(
            "console-ttyS1",
            "",
            Expected { end: End::Halts, lines: &[(Place::TtyS1, MISMATCH)] },
        )
    },
    Case { wait: Duration::from_secs(3), ..ours("reset", "purgatory.on_failure=reset,3", RESETS) },
    Case { wait: Duration::from_secs(3), ..ours("panic-seconds", "panic=3", RESETS) },
    Case {
        faults: COMMAND_LINE,
        ..ours(
            "continue",
            "purgatory.on_failure=continue",
            Expected {
                end: End::Boots,
                lines: &[(Place::TtyS0, Printed::Verdict(Status::Mismatch, Action::Continue))],
            },
        )
    },
];

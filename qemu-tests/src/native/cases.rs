//! All runs. Every machine, segment and switch is there once, not each with each: a run takes ten seconds.

use purgatory_abi::status::{Action, Status};

use super::case::{Case, Image, Kernels, Machine, Part};
use crate::crash::case::{Changed, Start};

/// `purgatory load --panic`, a panic, a dump.
pub const PANIC: Case = Case {
    name: "",
    kernels: Kernels::Newest,
    machine: Machine::Small,
    start: Start::Panic,
    image: Image::BzImage,
    switches: "",
    read: false,
    changed: &[],
    starts: true,
    verdict: None,
    console: 0,
};

/// The same, and the purgatory reports success.
pub const VERBOSE: Case = Case {
    name: "verbose",
    switches: "--verbose",
    verdict: Some((Status::Verified, Action::Boot)),
    ..PANIC
};

/// `purgatory load` and `purgatory exec`.
const EXEC: Case = Case { start: Start::Exec, ..VERBOSE };

/// A panic after one bit of each of these was changed.
const fn changed(changed: &'static [Part], status: Status, action: Action) -> Case {
    let starts = matches!(action, Action::Continue);
    Case { changed, starts, verdict: Some((status, action)), ..PANIC }
}

const fn mismatch(parts: &'static [Part]) -> Case {
    changed(parts, Status::Mismatch, Action::Halt)
}

const KERNEL: Part = Part::Segment(Changed::Kernel);
const INITRD: Part = Part::Segment(Changed::Initrd);
const BOOT_PARAMS: Part = Part::Segment(Changed::BootParams);
const COMMAND_LINE: Part = Part::Segment(Changed::CommandLine);

/// All runs.
pub const ALL: &[Case] = &[
    READ,
    Case { name: "above-4g", machine: Machine::Above4G, ..PANIC },
    Case { name: "uefi", machine: Machine::Uefi, ..PANIC },
    Case { name: "five-levels", machine: Machine::Levels5, ..PANIC },
    Case { name: "exec-vmlinux", kernels: Kernels::Oldest, image: Image::Vmlinux, ..EXEC },
    Case { name: "exec-above-4g", machine: Machine::Above4G, ..EXEC },
    Case { name: "exec-uefi", kernels: Kernels::Oldest, machine: Machine::Uefi, ..EXEC },
    KERNEL_CHANGED,
    Case {
        name: "initrd-changed",
        switches: "--on-failure=reset,1",
        machine: Machine::Processors4,
        ..changed(&[INITRD], Status::Mismatch, Action::Reset)
    },
    Case {
        name: "boot-params-changed",
        kernels: Kernels::Oldest,
        switches: "--console=ttyS1",
        console: 1,
        ..mismatch(&[BOOT_PARAMS])
    },
    Case {
        name: "command-line-changed",
        switches: "--on-failure=continue",
        ..changed(&[COMMAND_LINE], Status::Mismatch, Action::Continue)
    },
    Case { name: "two-changed", ..mismatch(&[KERNEL, INITRD]) },
    Case {
        name: "two-changed-above-4g",
        kernels: Kernels::Oldest,
        machine: Machine::Above4G,
        ..mismatch(&[INITRD, COMMAND_LINE])
    },
    Case {
        name: "elfcorehdr-changed",
        kernels: Kernels::All,
        changed: &[Part::Segment(Changed::Elfcorehdr)],
        ..VERBOSE
    },
    Case {
        name: "code-changed",
        // `continue` is for a mismatch alone.
        switches: "--on-failure=continue",
        ..changed(&[Part::Code], Status::CodeDamaged, Action::Halt)
    },
    Case {
        name: "list-changed",
        kernels: Kernels::Oldest,
        ..changed(&[Part::List], Status::ListDamaged, Action::Halt)
    },
    Case {
        name: "registers-changed",
        ..changed(&[Part::Registers], Status::HeaderDamaged, Action::Halt)
    },
];

/// The run whose dump is read.
pub const READ: Case = Case {
    name: "read",
    kernels: Kernels::All,
    machine: Machine::Processors4,
    read: true,
    ..PANIC
};

/// The run that shows what a report is.
pub const KERNEL_CHANGED: Case =
    Case { name: "kernel-changed", kernels: Kernels::All, ..mismatch(&[KERNEL]) };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_has_a_name_of_its_own() {
        let mut names: Vec<&str> = ALL.iter().map(|case| case.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        assert!(!names.contains(&""));
    }

    #[test]
    fn a_run_that_changes_nothing_that_is_verified_boots_and_every_other_says_why_not() {
        for case in ALL {
            let verified = |part: &&Part| **part != Part::Segment(Changed::Elfcorehdr);
            let damage = case.changed.iter().any(|part| verified(&part));
            let goes_on = matches!(case.verdict, Some((_, Action::Continue)));
            assert_eq!(case.starts, !damage || goes_on, "{}", case.name);
            let refusal = !matches!(case.verdict, None | Some((Status::Verified, _)));
            assert_eq!(refusal, damage, "{}", case.name);
        }
    }
}

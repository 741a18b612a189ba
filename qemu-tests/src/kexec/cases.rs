//! All runs, and what is expected of each.

use purgatory_abi::status::{Action, Status, Warning};

use super::case::{Case, Changed, Image, Kernels, Machine};
use super::seen::{End, Expected, Place, Words};
use crate::crash::case::{Changed as Segment, Start};

const BOOTS: Expected = Expected { end: End::Boots, says: &[] };

/// The stock purgatory, when the digest is another one.
const SPINS: Expected = Expected { end: End::Spins, says: &[] };

/// The same with `--console-serial`.
const SPINS_AND_SPEAKS: Expected = Expected {
    end: End::Spins,
    says: &[(Place::TtyS0, Words::Greeting), (Place::TtyS0, Words::NoMatch)],
};

const MISMATCH: Words = Words::Verdict(Status::Mismatch, Action::Halt);
const VERIFIED: Words = Words::Verdict(Status::Verified, Action::Boot);

/// Ours, when the digest is another one.
const REPORTS: Expected = Expected { end: End::Halts, says: &[(Place::TtyS0, MISMATCH)] };

/// `kexec -c -p`.
const PANIC: Case = Case {
    name: "",
    start: Start::Panic,
    image: Image::BzImage,
    switches: "",
    words: "",
    changed: None,
    machine: Machine::Small,
    kernels: Kernels::All,
    stock: BOOTS,
    ours: BOOTS,
};

/// `kexec -c -l` and `kexec -e`.
const EXEC: Case = Case { start: Start::Exec, ..PANIC };

/// What `kexec` itself refuses.
const REFUSED: Case = Case {
    kernels: Kernels::Newest,
    stock: Expected { end: End::Refused, says: &[] },
    ours: Expected { end: End::Refused, says: &[] },
    ..EXEC
};

/// `kexec -c -p`, and one bit changed.
const fn changed(name: &'static str, changed: Changed) -> Case {
    Case { name, changed: Some(changed), stock: SPINS, ours: REPORTS, ..PANIC }
}

/// The same, of which the kernel is no part.
const fn changed_once(name: &'static str, segment: Changed) -> Case {
    Case { kernels: Kernels::Newest, ..changed(name, segment) }
}

const KERNEL: Changed = Changed::Segment(Segment::Kernel);
const COMMAND_LINE: Changed = Changed::Segment(Segment::CommandLine);

/// Runs of which the boot shim has the like, with every state that it sees.
pub const IN_THE_SHIM: [&str; 10] = [
    "crash-initrd-changed",
    "crash-boot-params-changed",
    "crash-command-line-changed",
    "crash-no-checks",
    "console-serial-9600",
    "console-vga-graphics",
    "exec-multiboot",
    "exec-real-mode-debug",
    "serial-0x0",
    "serial-baud-1",
];

/// All runs, in the order of the table.
pub const ALL: &[Case] = &[
    Case { name: "crash-clean", ..PANIC },
    changed("crash-kernel-changed", KERNEL),
    changed_once("crash-initrd-changed", Changed::Segment(Segment::Initrd)),
    changed_once("crash-boot-params-changed", Changed::Segment(Segment::BootParams)),
    changed_once("crash-command-line-changed", COMMAND_LINE),
    changed("crash-elfcorehdr-changed", Changed::Segment(Segment::Elfcorehdr)),
    changed_once("crash-backup-changed", Changed::Backup),
    changed_once("crash-setup-data-changed", Changed::SetupData),
    Case { name: "exec-64bit", ..EXEC },
    Case { name: "exec-32bit", switches: "--entry-32bit", ..EXEC },
    // The real-mode code of Linux uses the memory where kexec-tools 2.0.25 has put the command line: 6.12 is left with 16
    // characters of it, 6.1 with none.
    Case {
        name: "exec-real-mode",
        switches: "--real-mode",
        stock: Expected { end: End::BootsWithoutLine, says: &[] },
        ours: Expected { end: End::BootsWithoutLine, says: &[] },
        ..EXEC
    },
    Case {
        name: "exec-real-mode-debug",
        kernels: Kernels::Newest,
        switches: "--real-mode -d",
        stock: Expected { end: End::BootsWithoutLine, says: &[] },
        ours: Expected { end: End::BootsWithoutLine, says: &[] },
        ..EXEC
    },
    Case { name: "exec-vmlinux", image: Image::Vmlinux, switches: "--args-linux", ..EXEC },
    Case { name: "exec-multiboot", image: Image::Multiboot, kernels: Kernels::Newest, ..EXEC },
    Case { name: "exec-multiboot2", image: Image::Multiboot2, kernels: Kernels::Newest, ..EXEC },
    Case {
        switches: "--no-checks",
        stock: BOOTS,
        ours: BOOTS,
        ..changed_once("crash-no-checks", COMMAND_LINE)
    },
    Case {
        switches: "--console-serial",
        stock: SPINS_AND_SPEAKS,
        ..changed_once("console-serial", KERNEL)
    },
    Case {
        name: "console-serial-115200",
        switches: "--console-serial --serial=ttyS1 --serial-baud=115200",
        kernels: Kernels::Newest,
        stock: Expected { end: End::Boots, says: &[(Place::TtyS1, Words::Greeting)] },
        ours: Expected {
            end: End::Boots,
            says: &[(Place::TtyS0, VERIFIED), (Place::TtyS1, VERIFIED)],
        },
        ..PANIC
    },
    Case {
        name: "console-serial-9600",
        switches: "--console-serial --serial=ttyS1 --serial-baud=9600",
        kernels: Kernels::Newest,
        stock: Expected { end: End::Boots, says: &[(Place::TtyS1, Words::Greeting)] },
        ours: Expected {
            end: End::Boots,
            says: &[(Place::TtyS0, VERIFIED), (Place::TtyS1, VERIFIED)],
        },
        ..EXEC
    },
    Case {
        switches: "--console-vga",
        machine: Machine::Vga,
        stock: Expected {
            end: End::Spins,
            says: &[(Place::Vga, Words::Greeting), (Place::Vga, Words::NoMatch)],
        },
        ours: Expected {
            end: End::Halts,
            says: &[(Place::TtyS0, MISMATCH), (Place::Vga, MISMATCH)],
        },
        ..changed_once("console-vga", KERNEL)
    },
    Case {
        switches: "--console-vga",
        machine: Machine::VgaGraphics,
        ..changed_once("console-vga-graphics", KERNEL)
    },
    Case {
        switches: "--console-vga --reset-vga",
        machine: Machine::VgaGraphics,
        // Its first words come before its reset, and go nowhere.
        stock: Expected { end: End::Spins, says: &[(Place::Vga, Words::NoMatch)] },
        ours: Expected {
            end: End::Halts,
            says: &[(Place::TtyS0, MISMATCH), (Place::Vga, MISMATCH)],
        },
        ..changed_once("reset-vga", KERNEL)
    },
    Case { name: "crash-above-4g", machine: Machine::Above4G, kernels: Kernels::Newest, ..PANIC },
    Case { name: "exec-above-4g", machine: Machine::Above4G, kernels: Kernels::Newest, ..EXEC },
    Case { name: "crash-uefi", machine: Machine::Uefi, kernels: Kernels::Newest, ..PANIC },
    Case { machine: Machine::Uefi, ..changed_once("crash-uefi-kernel-changed", KERNEL) },
    Case { name: "exec-uefi", machine: Machine::Uefi, kernels: Kernels::Newest, ..EXEC },
    // The stock purgatory waits for a UART that is not there.
    Case {
        name: "serial-0x0",
        switches: "--console-serial --serial=0x0",
        kernels: Kernels::Newest,
        stock: Expected { end: End::Stalls, says: &[] },
        ours: Expected {
            end: End::Boots,
            says: &[
                (Place::TtyS0, Words::Warning(Warning::SerialBaseUnknown)),
                (Place::TtyS0, VERIFIED),
            ],
        },
        ..EXEC
    },
    // No such speed comes as far as a purgatory: at 0 `kexec` divides by it and dies, below 9600 it shows its usage.
    Case { name: "serial-baud-0", switches: "--serial-baud=0", ..REFUSED },
    Case { name: "serial-baud-1", switches: "--serial-baud=1", ..REFUSED },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_shim_has_is_among_the_runs() {
        for name in IN_THE_SHIM {
            assert!(ALL.iter().any(|case| case.name == name), "{name}");
        }
    }

    #[test]
    fn every_run_has_a_name_of_its_own() {
        let mut names: Vec<&str> = ALL.iter().map(|case| case.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        assert!(!names.contains(&""));
    }

    #[test]
    fn where_the_stock_purgatory_boots_ours_boots_and_where_it_is_silent_ours_speaks() {
        for case in ALL {
            assert!(!boots(&case.stock) || boots(&case.ours), "{}", case.name);
            let dies = !boots(&case.stock) && case.stock.end != End::Refused;
            assert!(!dies || !case.ours.says.is_empty(), "{}", case.name);
        }
    }

    fn boots(expected: &Expected) -> bool {
        matches!(expected.end, End::Boots | End::BootsWithoutLine)
    }
}

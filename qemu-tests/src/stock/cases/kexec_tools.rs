//! Runs of Debian 12's `kexec -c`, with its own purgatory and with ours.
//!
//! Features of a loader in user space that the kernel's own lacks: every format, every switch. The behaviour of
//! kexec-tools' own purgatory changes with the distribution and not with this tree, so `--full` makes those runs.

use boot_shim::fault::{Byte, Fault, Part};
use purgatory_abi::Loader;
use purgatory_abi::status::Warning;

use super::{
    BOOT_PARAMS, COMMAND_LINE, ELFCOREHDR, INITRD, KERNEL, MISMATCH, REPORTS, SPINS, VERIFIED,
};
use crate::stock::case::{BOOTS, Case, Image, Kernels, Run, Start};
use crate::stock::machine::Machine;
use crate::stock::seen::{End, Expected, Place, Printed};

/// The stock purgatory after a digest mismatch, with `--console-serial`.
const SPINS_AND_PRINTS: Expected = Expected {
    end: End::Spins,
    lines: &[(Place::TtyS0, Printed::Greeting), (Place::TtyS0, Printed::NoMatch)],
};

/// The target kernel boots without its command line.
const WITHOUT_LINE: Expected = Expected { end: End::BootsWithoutLine, lines: &[] };

const STOCK_PRINTS: Expected =
    Expected { end: End::Boots, lines: &[(Place::TtyS1, Printed::Greeting)] };
const OURS_PRINTS: Expected =
    Expected { end: End::Boots, lines: &[(Place::TtyS0, VERIFIED), (Place::TtyS1, VERIFIED)] };
const OURS_ON_SCREEN: Expected =
    Expected { end: End::Halts, lines: &[(Place::TtyS0, MISMATCH), (Place::Vga, MISMATCH)] };

const fn stock(expected: Expected) -> Option<Run> {
    Some(Run { expected, always: Kernels::None })
}

/// A run that is always made with our purgatory, where there is one.
const fn ours(expected: Expected) -> Run {
    Run { expected, always: Kernels::All }
}

/// The boot shim has a run like it, with every state that it sees.
const fn in_the_shim(expected: Expected) -> Run {
    Run { expected, always: Kernels::None }
}

/// `kexec -c -p`.
const PANIC: Case = Case { loader: Loader::KexecTools, stock: stock(BOOTS), ..super::PANIC };

/// `kexec -c -l` and `kexec -e`: the way into a kernel is the same for all kernels.
const EXEC: Case =
    Case { start: Start::Exec, ours: Run { expected: BOOTS, always: Kernels::Newest }, ..PANIC };

/// Xen, which prints, finds no kernel in its module, a script, and resets the machine.
const XEN: Case = Case {
    image: Image::Multiboot2,
    kernels: Kernels::Newest,
    switches: "--module=/init",
    parameters: "com1=115200,8n1 console=com1 no-real-mode",
    ..EXEC
};

/// Loads that `kexec` itself rejects.
const REFUSED: Case = Case { kernels: Kernels::Newest, ..EXEC };

/// It prints its usage.
const USAGE: Expected = Expected { end: End::Refused(255), lines: &[] };

/// SIGFPE, as a shell tells it.
const DIES: Expected = Expected { end: End::Refused(128 + 8), lines: &[] };

/// `kexec -c -p`, and a fault.
const fn changed(name: &'static str, faults: &'static [Fault]) -> Case {
    Case { name, faults, stock: stock(SPINS), ours: ours(REPORTS), ..PANIC }
}

/// The same, independent of the kernel.
const fn changed_once(name: &'static str, faults: &'static [Fault]) -> Case {
    Case { kernels: Kernels::Newest, ..changed(name, faults) }
}

/// The same, and the boot shim has a run like it.
const fn changed_in_shim(name: &'static str, faults: &'static [Fault]) -> Case {
    Case { ours: in_the_shim(REPORTS), ..changed_once(name, faults) }
}

const ABOVE_4G: Machine = Machine { ram: 6 << 30, ..Machine::FIXED };
const VGA: Machine = Machine { vga: true, ..Machine::FIXED };
const UEFI: Machine = Machine { uefi: true, ..Machine::FIXED };

/// All runs, in the order of the table.
pub const ALL: &[Case] = &[
    Case { name: "crash-clean", ..PANIC },
    changed("crash-kernel-changed", KERNEL),
    changed_in_shim("crash-initrd-changed", INITRD),
    changed_in_shim("crash-boot-params-changed", BOOT_PARAMS),
    changed_in_shim("crash-command-line-changed", COMMAND_LINE),
    changed("crash-elfcorehdr-changed", ELFCOREHDR),
    changed_once("crash-backup-changed", &[Fault::flip(Part::Backup, Byte::Guest)]),
    changed_once("crash-setup-data-changed", &[Fault::flip(Part::SetupData, Byte::Guest)]),
    Case { name: "exec-64bit", ..EXEC },
    Case { name: "exec-32bit", switches: "--entry-32bit", ..EXEC },
    // The real-mode code of Linux uses the memory where kexec-tools 2.0.25 has put the command line: 6.12 is left with
    // 16 characters of it, 6.1 with none.
    Case {
        name: "exec-real-mode",
        switches: "--real-mode",
        stock: stock(WITHOUT_LINE),
        ours: Run { expected: WITHOUT_LINE, always: Kernels::Newest },
        ..EXEC
    },
    Case {
        name: "exec-real-mode-debug",
        kernels: Kernels::Newest,
        switches: "--real-mode -d",
        stock: stock(WITHOUT_LINE),
        ours: in_the_shim(WITHOUT_LINE),
        ..EXEC
    },
    Case { name: "exec-vmlinux", image: Image::Vmlinux, switches: "--args-linux", ..EXEC },
    Case { name: "exec-multiboot2", ..XEN },
    Case {
        name: "exec-multiboot2-changed",
        faults: KERNEL,
        stock: stock(SPINS),
        ours: ours(REPORTS),
        ..XEN
    },
    Case {
        switches: "--no-checks",
        stock: stock(BOOTS),
        ours: in_the_shim(BOOTS),
        ..changed_once("crash-no-checks", COMMAND_LINE)
    },
    Case {
        switches: "--console-serial",
        stock: stock(SPINS_AND_PRINTS),
        ..changed_once("console-serial", KERNEL)
    },
    Case {
        name: "console-serial-115200",
        switches: "--console-serial --serial=ttyS1 --serial-baud=115200",
        kernels: Kernels::Newest,
        stock: stock(STOCK_PRINTS),
        ours: ours(OURS_PRINTS),
        ..PANIC
    },
    Case {
        name: "console-serial-9600",
        switches: "--console-serial --serial=ttyS1 --serial-baud=9600",
        kernels: Kernels::Newest,
        stock: stock(STOCK_PRINTS),
        ours: in_the_shim(OURS_PRINTS),
        ..EXEC
    },
    Case {
        switches: "--console-vga",
        machine: VGA,
        stock: stock(Expected {
            end: End::Spins,
            lines: &[(Place::Vga, Printed::Greeting), (Place::Vga, Printed::NoMatch)],
        }),
        ours: ours(OURS_ON_SCREEN),
        ..changed_once("console-vga", KERNEL)
    },
    Case {
        switches: "--console-vga",
        machine: VGA,
        graphics: true,
        ..changed_in_shim("console-vga-graphics", KERNEL)
    },
    Case {
        switches: "--console-vga --reset-vga",
        machine: VGA,
        graphics: true,
        // Its first line comes before its reset, and is lost.
        stock: stock(Expected { end: End::Spins, lines: &[(Place::Vga, Printed::NoMatch)] }),
        ours: ours(OURS_ON_SCREEN),
        ..changed_once("reset-vga", KERNEL)
    },
    Case { name: "crash-above-4g", machine: ABOVE_4G, kernels: Kernels::Newest, ..PANIC },
    Case { name: "exec-above-4g", machine: ABOVE_4G, kernels: Kernels::Newest, ..EXEC },
    Case { name: "crash-uefi", machine: UEFI, kernels: Kernels::Newest, ..PANIC },
    Case { machine: UEFI, ..changed_once("crash-uefi-kernel-changed", KERNEL) },
    Case { name: "exec-uefi", machine: UEFI, kernels: Kernels::Newest, ..EXEC },
    // The stock purgatory waits for a UART that is not there.
    Case {
        name: "serial-0x0",
        switches: "--console-serial --serial=0x0",
        kernels: Kernels::Newest,
        stock: stock(Expected { end: End::Stalls, lines: &[] }),
        ours: in_the_shim(Expected {
            end: End::Boots,
            lines: &[
                (Place::TtyS0, Printed::Warning(Warning::SerialBaseUnknown)),
                (Place::TtyS0, VERIFIED),
            ],
        }),
        ..EXEC
    },
    // No such speed reaches a purgatory: at 0 `kexec` divides by it and dies, below 9600 it prints its usage.
    Case {
        name: "serial-baud-0",
        switches: "--serial-baud=0",
        stock: stock(DIES),
        ours: ours(DIES),
        ..REFUSED
    },
    Case {
        name: "serial-baud-1",
        switches: "--serial-baud=1",
        stock: stock(USAGE),
        ours: in_the_shim(USAGE),
        ..REFUSED
    },
];

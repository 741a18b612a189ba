//! The actions of a run, and its expected result.

use std::time::Duration;

use boot_shim::fault::{At, Fault, Part};
use purgatory_abi::Loader;

use super::machine::Machine;
use super::seen::{End, Expected};
use crate::guest::running::Facts;

/// Which purgatory is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purgatory {
    /// The one of the kernel or of kexec-tools.
    Stock,
    /// Ours, instead of it.
    Ours,
}

impl Purgatory {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Stock, Self::Ours];

    /// The name among the tests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Ours => "ours",
        }
    }
}

/// How the target kernel is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// By a panic.
    Panic,
    /// By `kexec -e` or `purgatory exec`.
    Exec,
}

/// The loaded image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Image {
    /// The distribution's own file.
    BzImage,
    /// The ELF file inside it.
    Vmlinux,
    /// Xen, as a kernel for multiboot2.
    Multiboot2,
}

impl Image {
    /// The name in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BzImage => "bzImage",
            Self::Vmlinux => "vmlinux",
            Self::Multiboot2 => "multiboot2",
        }
    }

    /// Whether it is Linux.
    #[must_use]
    pub fn is_linux(self) -> bool {
        matches!(self, Self::BzImage | Self::Vmlinux)
    }
}

/// A set of kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernels {
    /// All.
    All,
    /// The oldest.
    Oldest,
    /// The newest.
    Newest,
    /// None.
    None,
}

impl Kernels {
    /// Whether it has the kernel with this index among `count`, the newest of which is the last.
    #[must_use]
    pub fn contains(self, index: usize, count: usize) -> bool {
        match self {
            Self::All => true,
            Self::Oldest => index == 0,
            Self::Newest => index + 1 == count,
            Self::None => false,
        }
    }
}

/// The expected result of one purgatory, and the runs that are made without `--full`.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The expected result.
    pub expected: Expected,
    /// The kernels on which the run is always made. On others, it needs `--full`.
    pub always: Kernels,
}

/// The actions of a run.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The name among the tests of its loader.
    pub name: &'static str,
    /// Which loader.
    pub loader: Loader,
    /// How the target kernel is started.
    pub start: Start,
    /// The loaded image.
    pub image: Image,
    /// The target kernel's serial console.
    pub console: &'static str,
    /// More switches of the loader.
    pub switches: &'static str,
    /// More kernel parameters of the target kernel.
    pub parameters: &'static str,
    /// The changes between the load and the start.
    pub faults: &'static [Fault],
    /// Whether the dump is written to a disk, as users do, and read on the host.
    pub read: bool,
    /// Whether it is read with the kernel's debugging information too, which is fetched.
    pub debug_info: bool,
    /// The machine.
    pub machine: Machine,
    /// Whether the VGA adapter is set to graphics, where no text memory is.
    pub graphics: bool,
    /// The kernels on which there is such a run.
    pub kernels: Kernels,
    /// How long our purgatory waits between its verdict and the end of the run.
    pub wait: Duration,
    /// The run with the stock purgatory, if there is one.
    pub stock: Option<Run>,
    /// The run with ours.
    pub ours: Run,
}

impl Case {
    /// The run with this purgatory.
    #[must_use]
    pub fn run(&self, purgatory: Purgatory) -> Option<Run> {
        match purgatory {
            Purgatory::Stock => self.stock,
            Purgatory::Ours => Some(self.ours),
        }
    }

    /// Returns the expected result of a run on a kernel with these facts.
    #[must_use]
    pub fn expected(&self, run: Run, facts: &Facts) -> Expected {
        // A kernel that rewrites elfcorehdr on hotplug leaves it out of the digest.
        let excluded = |fault: &Fault| matches!(fault.at, At::Part(Part::Elfcorehdr, _));
        let harmless = !self.faults.is_empty() && self.faults.iter().all(excluded);
        if self.loader == Loader::Linux && facts.crash_hotplug && harmless {
            return BOOTS;
        }
        run.expected
    }
}

/// The target kernel boots, and nothing is printed.
pub const BOOTS: Expected = Expected { end: End::Boots, lines: &[] };

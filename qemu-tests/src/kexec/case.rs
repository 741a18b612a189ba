//! What is done in a run.

use super::seen::Expected;
use crate::crash::case::{Changed as Segment, Purgatory, Start};

/// What is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Image {
    /// The distribution's own file.
    BzImage,
    /// The ELF file inside it.
    Vmlinux,
    /// The boot shim, as a kernel for multiboot.
    Multiboot,
    /// The boot shim, as a kernel for multiboot2.
    Multiboot2,
}

impl Image {
    /// What the table calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BzImage => "bzImage",
            Self::Vmlinux => "vmlinux",
            Self::Multiboot => "multiboot",
            Self::Multiboot2 => "multiboot2",
        }
    }
}

/// What one bit of is changed between load and start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// One that Linux's own loader makes too.
    Segment(Segment),
    /// Where the purgatory is to save low memory to: nothing is there yet.
    Backup,
    /// What `setup_data` of `boot_params` points to: a seed for random numbers.
    SetupData,
}

impl Changed {
    /// What the table calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Segment(Segment::Kernel) => "kernel",
            Self::Segment(Segment::Initrd) => "initrd",
            Self::Segment(Segment::BootParams) => "boot_params",
            Self::Segment(Segment::CommandLine) => "command line",
            Self::Segment(Segment::Elfcorehdr) => "elfcorehdr",
            Self::Backup => "backup region",
            Self::SetupData => "setup data",
        }
    }
}

/// The machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// 1 GiB of RAM, BIOS.
    Small,
    /// 6 GiB of RAM, BIOS.
    Above4G,
    /// 1 GiB of RAM, BIOS, and a VGA adapter in its text mode.
    Vga,
    /// The same, and no text memory is where text goes: the adapter is as in a graphics mode.
    VgaGraphics,
    /// 1 GiB of RAM, UEFI.
    Uefi,
}

impl Machine {
    /// What the table calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Small => "",
            Self::Above4G => "6 GiB of RAM",
            Self::Vga => "VGA in text mode",
            Self::VgaGraphics => "VGA in a graphics mode",
            Self::Uefi => "UEFI",
        }
    }

    /// Bytes of RAM.
    #[must_use]
    pub fn memory(self) -> u64 {
        match self {
            Self::Above4G => 6 << 30,
            Self::Small | Self::Vga | Self::VgaGraphics | Self::Uefi => 1 << 30,
        }
    }

    /// Whether there is a screen.
    #[must_use]
    pub fn has_vga(self) -> bool {
        matches!(self, Self::Vga | Self::VgaGraphics)
    }
}

/// Which kernels are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernels {
    /// All.
    All,
    /// The newest: what differs is the purgatory's doing alone.
    Newest,
}

/// What is done in a run.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What the runs call it.
    pub name: &'static str,
    /// How the loaded kernel is started.
    pub start: Start,
    /// What is loaded.
    pub image: Image,
    /// Switches of `kexec`, beside `-c` and `-p` or `-l`.
    pub switches: &'static str,
    /// More words of the loaded kernel's command line.
    pub words: &'static str,
    /// What is changed before the start.
    pub changed: Option<Changed>,
    /// Where it runs.
    pub machine: Machine,
    /// On which kernels.
    pub kernels: Kernels,
    /// What is expected of the stock purgatory.
    pub stock: Expected,
    /// What is expected of ours.
    pub ours: Expected,
}

impl Case {
    /// What is expected.
    #[must_use]
    pub fn expected(&self, purgatory: Purgatory) -> &Expected {
        match purgatory {
            Purgatory::Stock => &self.stock,
            Purgatory::Ours => &self.ours,
        }
    }
}

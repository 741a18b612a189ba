//! What is done in a run.

use purgatory_abi::status::{Action, Status};

use crate::crash::case::{Changed, Start};

/// What one bit of is changed between load and start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A segment.
    Segment(Changed),
    /// A letter of a word among the purgatory's constants, for it has to be able to report this.
    Code,
    /// The last byte of the segment digest list.
    List,
    /// Of the registers for the loaded kernel, in the header, the one that is loaded into rsi.
    Registers,
}

/// What is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Image {
    /// The distribution's own file.
    BzImage,
    /// The ELF file inside it.
    Vmlinux,
}

/// The machine. Its kernel chooses where it is by chance (KASLR), in every run, and so does the loaded one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// 1 GiB of RAM, 1 processor, BIOS.
    Small,
    /// The same with 4 processors.
    Processors4,
    /// The same with 1 processor of 4, and the others can be plugged in. Linux 6.12 believes that of virtual machines alone,
    /// and knows VMware's by the machine's serial number and a port that QEMU has.
    Pluggable,
    /// 4.25 GiB of RAM, and the crash region is above 4 GiB.
    Above4G,
    /// As `Small` with UEFI.
    Uefi,
    /// As `Small` with page tables of five levels.
    Levels5,
}

impl Machine {
    /// Bytes of RAM.
    #[must_use]
    pub fn memory(self) -> u64 {
        if self == Self::Above4G { 17 << 28 } else { 1 << 30 }
    }

    /// What its processors are, for QEMU.
    #[must_use]
    pub fn processors(self) -> &'static [&'static str] {
        match self {
            Self::Small | Self::Above4G | Self::Uefi => &["-cpu", "max,la57=off", "-smp", "1"],
            Self::Processors4 => &["-cpu", "max,la57=off", "-smp", "4"],
            Self::Pluggable => &[
                "-cpu",
                "max,la57=off,hypervisor=off",
                "-smp",
                "1,maxcpus=4",
                "-smbios",
                "type=1,serial=VMware-1",
            ],
            Self::Levels5 => &["-cpu", "max,la57=on", "-smp", "1"],
        }
    }

    /// The first kernel's word for the crash region.
    #[must_use]
    pub fn reservation(self) -> &'static str {
        if self == Self::Above4G { "crashkernel=256M,high" } else { "crashkernel=256M" }
    }

    /// A line of shell that fails in a machine that is not what it is to be.
    #[must_use]
    pub fn proof(self) -> &'static str {
        match self {
            Self::Small => {
                "[ $(nproc) = 1 ] && ! [ -d /sys/firmware/efi ] && ! grep -qw la57 /proc/cpuinfo"
            }
            Self::Processors4 => "[ $(nproc) = 4 ]",
            Self::Pluggable => "[ $(nproc) = 1 ] && grep -qx 0-3 /sys/devices/system/cpu/possible",
            Self::Above4G => r"grep -q '^ *1[0-9a-f]\{8\}-.* : Crash kernel' /proc/iomem",
            Self::Uefi => "[ -d /sys/firmware/efi ]",
            Self::Levels5 => "grep -qw la57 /proc/cpuinfo",
        }
    }
}

/// Which kernels are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernels {
    /// All.
    All,
    /// The oldest, so that it has a share of what one kernel is enough for.
    Oldest,
    /// The newest.
    Newest,
}

/// What is done in a run.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What the runs call it.
    pub name: &'static str,
    /// On which kernels.
    pub kernels: Kernels,
    /// Where it runs.
    pub machine: Machine,
    /// How the loaded kernel is started.
    pub start: Start,
    /// What is loaded.
    pub image: Image,
    /// More switches of `purgatory load`.
    pub switches: &'static str,
    /// Whether the dump is taken as users take it, leaves the machine, and is read on the host.
    pub read: bool,
    /// What is changed before the start.
    pub changed: &'static [Part],
    /// Whether the loaded kernel comes up.
    pub starts: bool,
    /// The verdict, if there is to be one.
    pub verdict: Option<(Status, Action)>,
    /// The serial port that has the report: 0 for ttyS0.
    pub console: usize,
}

impl Case {
    /// The segments of which a byte is changed and a report is to name the chunk: elfcorehdr is excluded.
    pub fn damaged(&self) -> impl Iterator<Item = Changed> {
        self.changed.iter().filter_map(|part| match part {
            Part::Segment(Changed::Elfcorehdr) => None,
            Part::Segment(segment) => Some(*segment),
            Part::Code | Part::List | Part::Registers => None,
        })
    }
}

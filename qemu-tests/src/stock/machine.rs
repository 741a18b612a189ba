//! The machines of the runs.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::guest::memory::Memory;
use crate::packages;
use crate::qemu::Qemu;

/// The longest that a run may take: more than its steps together, each of which has a limit of its own.
const RUN_LIMIT: Duration = Duration::from_secs(900);

/// Parameters of every kernel. Without `no_timer_check` a kernel panics if it sees too few timer interrupts, as an
/// emulated CPU does that waits for a real one. The two initcalls take a fifth of a boot, and nothing here needs them:
/// one parses the certificates for signed modules, the other tests a random number generator of the crypto API.
const COMMON: &str =
    "quiet no_timer_check initcall_blacklist=load_system_certificate_list,jent_mod_init";

/// The firmware package for UEFI, and its file.
const FIRMWARE: &str = "ovmf";
const FIRMWARE_FILE: &str = "usr/share/ovmf/OVMF.fd";

/// The differences between machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Machine {
    /// Bytes of RAM.
    pub ram: u64,
    /// The processors.
    pub processors: Processors,
    /// Whether page tables have five levels.
    pub five_levels: bool,
    /// Whether the firmware is UEFI instead of BIOS.
    pub uefi: bool,
    /// Whether there is a VGA adapter, in its text mode.
    pub vga: bool,
    /// Whether kernels choose their addresses at random. Without, the addresses of symbols are known.
    pub kaslr: bool,
    /// Whether the crash kernel region is above 4 GiB.
    pub high: bool,
}

/// The processors of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Processors {
    /// One.
    One,
    /// Four.
    Four,
    /// One of four, and the others can be added. Linux 6.12 believes that of virtual machines only, and knows VMware's
    /// by the machine's serial number and a port that QEMU has.
    Pluggable,
}

impl Processors {
    /// The features of each for `-cpu`, and the number for `-smp`.
    fn arguments(self) -> (&'static str, &'static str) {
        match self {
            Self::One => ("", "1"),
            Self::Four => ("", "4"),
            Self::Pluggable => (",hypervisor=off", "1,maxcpus=4"),
        }
    }
}

impl Machine {
    /// 1 GiB of RAM, one processor, BIOS, symbols at known addresses.
    pub const FIXED: Self = Self {
        ram: 1 << 30,
        processors: Processors::One,
        five_levels: true,
        uefi: false,
        vga: false,
        kaslr: false,
        high: false,
    };

    /// The same with addresses that change with each boot, and page tables of four levels.
    pub const SMALL: Self = Self { kaslr: true, five_levels: false, ..Self::FIXED };

    /// The arguments for QEMU.
    fn arguments(self, suite: &str) -> Result<Vec<OsString>> {
        let (features, number) = self.processors.arguments();
        let levels = if self.five_levels { "on" } else { "off" };
        let cpu = format!("max,la57={levels}{features}");
        let mut arguments: Vec<OsString> =
            ["-cpu", &cpu, "-smp", number].into_iter().map(OsString::from).collect();
        if self.processors == Processors::Pluggable {
            arguments.extend(["-smbios".into(), "type=1,serial=VMware-1".into()]);
        }
        if self.vga {
            arguments.extend(["-device".into(), "VGA".into()]);
        }
        if self.uefi {
            let root = packages::unpacked(FIRMWARE, suite, &[FIRMWARE])?;
            arguments.extend(["-bios".into(), root.join(FIRMWARE_FILE).into()]);
        }
        Ok(arguments)
    }

    /// The machine for QEMU, with this RAM. UEFI's firmware is that of `suite`; logs go to `directory`.
    pub(super) fn qemu(self, memory: &Memory, suite: &str, directory: &Path) -> Result<Qemu> {
        Ok(Qemu::new(directory, RUN_LIMIT)
            .args(memory.arguments())
            .args(self.arguments(suite)?)
            .serial_host("serial0.log")
            .serial_host("serial1.log")
            .qmp())
    }

    /// Returns the parameters of every kernel of the machine: [`COMMON`], and `nokaslr` where symbols keep their
    /// addresses.
    #[must_use]
    pub fn parameters(self) -> String {
        if self.kaslr { COMMON.to_owned() } else { format!("nokaslr {COMMON}") }
    }

    /// Its properties, for the name of a directory.
    #[must_use]
    pub fn name(self) -> String {
        let Self { ram, processors, five_levels, uefi, vga, kaslr, high } = self;
        let mut name = format!("{}M {processors:?}", ram >> 20);
        let parameters =
            [(five_levels, "la57"), (uefi, "uefi"), (vga, "vga"), (kaslr, "kaslr"), (high, "high")];
        for (_, word) in parameters.into_iter().filter(|(is, _)| *is) {
            name = format!("{name} {word}");
        }
        name
    }

    /// The parameter of the running kernel for the crash kernel region.
    #[must_use]
    pub fn reservation(self) -> &'static str {
        if self.high { "crashkernel=256M,high" } else { "crashkernel=256M" }
    }

    /// A line of shell that fails in another machine.
    #[must_use]
    pub fn proof(self) -> String {
        let is = |condition: bool| if condition { "" } else { "! " };
        let (online, possible) = match self.processors {
            Processors::One => (1, "0"),
            Processors::Four => (4, "0-3"),
            Processors::Pluggable => (1, "0-3"),
        };
        let high = r"grep -q '^ *1[0-9a-f]\{8\}-.* : Crash kernel' /proc/iomem";
        format!(
            "[ $(nproc) = {online} ] && grep -qx {possible} /sys/devices/system/cpu/possible && \
             {}[ -d /sys/firmware/efi ] && {}grep -qw la57 /proc/cpuinfo && {}{high}",
            is(self.uefi),
            is(self.five_levels),
            is(self.high),
        )
    }
}

//! What must be known of the machine to make an image for it.

use crate::kexec::KexecError;
use purgatory_loader::elfcorehdr::{Elfcorehdr, memsz};
use purgatory_loader::kernel::Crash;
use purgatory_loader::machine::{E820Kind, Machine};
use purgatory_loader::segments::{page_table_bytes, without};
use purgatory_loader::system::syscall::KexecType;
use purgatory_loader::system::{Iomem, System};
use std::ops::Range;

/// What is known of the machine. Addresses are physical, ranges half-open, sizes in bytes.
pub(super) struct Facts {
    /// What the new kernel is told of it.
    pub(super) machine: Machine,
    /// Memory that may be loaded to.
    pub(super) memory: Vec<Range<u64>>,
    /// What the running kernel has.
    pub(super) memory_bytes: u64,
    /// What makes a crash image one.
    pub(super) dump: Option<Dump>,
    /// What was found, and where.
    pub(super) sources: Vec<Source>,
    /// What is not as it should be.
    pub(super) warnings: Vec<String>,
}

/// Where a fact comes from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The fact.
    pub what: &'static str,
    /// The file, and what was found in it.
    pub found: String,
}

/// What makes a crash image one.
pub(super) struct Dump {
    /// RAM that the capture kernel may use.
    regions: Vec<Range<u64>>,
    /// The description of the memory to be dumped.
    elfcorehdr: Vec<u8>,
    /// What it may grow to.
    elfcorehdr_bytes: u64,
    /// Whether the running kernel rewrites it when memory or processors come and go.
    pub(super) update_elfcorehdr: bool,
    /// What the running kernel needs of the memory itself.
    pub(super) spare: u64,
}

impl Facts {
    /// Reads them.
    pub(super) fn read(
        kexec_type: KexecType,
        memory_bytes: u64,
        system: &System,
    ) -> Result<Self, KexecError> {
        let machine = system.machine()?;
        let iomem = system.iomem()?;
        let mut facts = Self {
            sources: of_machine(&machine),
            memory: Vec::new(),
            memory_bytes,
            dump: None,
            warnings: Vec::new(),
            machine,
        };
        match kexec_type {
            KexecType::Normal => facts.plain(&iomem),
            KexecType::Crash => facts.crash(&iomem, system)?,
        }
        Ok(facts)
    }

    /// All RAM of both kernels but what a capture kernel has, which may still be needed. The running kernel may have more than
    /// the firmware's map tells the new one of: memory that a driver has added, `System RAM (virtio_mem)`.
    fn plain(&mut self, iomem: &Iomem) {
        let crash = iomem.crash_regions().map(|regions| regions.ranges()).unwrap_or_default();
        let firmware = self.machine.memory.iter().filter(|entry| entry.kind == E820Kind::Ram);
        let told: Vec<_> =
            firmware.map(|entry| entry.start..entry.start.saturating_add(entry.size)).collect();
        let ram = iomem.ram();
        let untold = without(&ram, &told);
        self.memory = without(&without(&ram, &untold), &crash);
        let found =
            "System RAM in both /proc/iomem and the memory map, except the crash kernel region";
        self.found("memory", found.into());
    }

    /// The region that the kernel loads capture kernels into.
    fn crash(&mut self, iomem: &Iomem, system: &System) -> Result<(), KexecError> {
        let regions = iomem.crash_regions().ok_or(KexecError::NoReservation)?;
        let dump = system.dump()?;
        let elfcorehdr = dump.elfcorehdr.build()?;
        let asked = system.hotplug()?.elfcorehdr_bytes;
        self.warnings.extend(dump.warning.map(|warning| {
            format!("the dump will have no registers of CPUs that are added later: {warning}")
        }));
        self.found("memory", "Crash kernel in /proc/iomem".into());
        self.dumped(&dump.elfcorehdr, elfcorehdr.len());
        let mut usable = regions.ranges();
        usable.extend(system.crash_cma_ranges()?);
        self.memory = vec![regions.main];
        self.dump = Some(Dump {
            regions: usable,
            elfcorehdr_bytes: memsz(elfcorehdr.len() as u64, asked),
            elfcorehdr,
            // Who has the file rewrites elfcorehdr (CONFIG_CRASH_HOTPLUG). What the directories of processors and memory say
            // tells of the image that is loaded now, if there is one.
            update_elfcorehdr: asked.is_some(),
            spare: page_table_bytes(iomem.ram().last().map_or(0, |range| range.end)),
        });
        Ok(())
    }

    fn dumped(&mut self, facts: &Elfcorehdr, bytes: usize) {
        let Elfcorehdr { cpu_notes, vmcoreinfo, kernel, ram, .. } = facts;
        let notes = format!("{} in /sys/devices/system/cpu", cpu_notes.len());
        self.found("CPUs", notes);
        self.found("vmcoreinfo", format!("{:#x} in /sys/kernel/vmcoreinfo", vmcoreinfo.start));
        self.found(
            "running kernel",
            format!("{:#x}-{:#x} in /proc/kcore", kernel.start, kernel.end - 1),
        );
        self.found(
            "elfcorehdr",
            format!("{bytes} bytes, made from these and {} ranges of RAM", ram.len()),
        );
    }

    fn found(&mut self, what: &'static str, found: String) {
        self.sources.push(Source { what, found });
    }
}

impl Dump {
    /// What the image is made of.
    pub(super) fn crash(&self) -> Crash<'_> {
        Crash {
            regions: &self.regions,
            elfcorehdr: &self.elfcorehdr,
            elfcorehdr_bytes: self.elfcorehdr_bytes,
        }
    }
}

fn of_machine(machine: &Machine) -> Vec<Source> {
    let Machine { memory, boot_params, rsdp, efi, .. } = machine;
    let ram = memory.iter().filter(|entry| entry.kind == E820Kind::Ram).count();
    let boot_params = match boot_params {
        Some(_) => "/sys/kernel/boot_params/data",
        None => "unknown: the target kernel gets no information about screen and disks",
    };
    let rsdp = match rsdp {
        Some(address) => format!("RSDP at {address:#x}"),
        None => "RSDP unknown: the target kernel searches for it below 1 MiB".into(),
    };
    let efi = match efi {
        Some(efi) => format!("{} ranges in /sys/firmware/efi/runtime-map", efi.runtime_map.len()),
        None => "none".into(),
    };
    vec![
        Source {
            what: "memory map",
            found: format!("{} ranges, {ram} of RAM, in /sys/firmware/memmap", memory.len()),
        },
        Source { what: "boot_params", found: boot_params.into() },
        Source { what: "ACPI", found: rsdp },
        Source { what: "EFI runtime", found: efi },
    ]
}

//! The facts about the machine that an image needs.

use crate::kexec::KexecError;
use purgatory_loader::elfcorehdr::{Elfcorehdr, memsz};
use purgatory_loader::kernel::Crash;
use purgatory_loader::machine::{E820Kind, Machine};
use purgatory_loader::segments::{page_table_bytes, without};
use purgatory_loader::system::syscall::KexecType;
use purgatory_loader::system::{Iomem, System};
use std::ops::Range;

/// The facts about the machine. Addresses are physical, ranges half-open, sizes in bytes.
pub(super) struct Facts {
    /// The facts that are passed to the target kernel.
    pub(super) machine: Machine,
    /// The loadable memory.
    pub(super) memory: Vec<Range<u64>>,
    /// The running kernel's memory.
    pub(super) memory_bytes: u64,
    /// The facts for a crash image.
    pub(super) dump: Option<Dump>,
    /// The facts and their sources, for people.
    pub(super) sources: Vec<Source>,
    /// Problems that do not prevent loading.
    pub(super) warnings: Vec<String>,
}

/// The source of a fact.
#[derive(Clone, Debug)]
pub struct Source {
    /// The fact.
    pub what: &'static str,
    /// The value, and the file that it is from.
    pub found: String,
}

/// The facts for a crash image.
pub(super) struct Dump {
    /// The RAM that the capture kernel may use.
    regions: Vec<Range<u64>>,
    /// The description of the memory to dump.
    elfcorehdr: Vec<u8>,
    /// Its maximum size.
    elfcorehdr_bytes: u64,
    /// Whether the running kernel rewrites it on CPU and memory hotplug.
    pub(super) update_elfcorehdr: bool,
    /// Bytes of the memory that the running kernel itself needs.
    pub(super) spare: u64,
}

impl Facts {
    /// Reads the facts.
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
            KexecType::Normal => facts.choose_normal(&iomem),
            KexecType::Crash => facts.choose_crash(&iomem, system)?,
        }
        Ok(facts)
    }

    /// Chooses the RAM that both kernels know, except the crash kernel regions, which may still be needed. The running
    /// kernel may have more RAM than the firmware's map that is passed on: memory that a driver has added, `System RAM
    /// (virtio_mem)`.
    fn choose_normal(&mut self, iomem: &Iomem) {
        let crash = iomem.crash_regions().map(|regions| regions.ranges()).unwrap_or_default();
        let firmware = self.machine.memory.iter().filter(|entry| entry.kind == E820Kind::Ram);
        let passed_on: Vec<_> =
            firmware.map(|entry| entry.start..entry.start.saturating_add(entry.size)).collect();
        let ram = iomem.ram();
        let unknown = without(&ram, &passed_on);
        self.memory = without(&without(&ram, &unknown), &crash);
        let found =
            "System RAM in both /proc/iomem and the memory map, except the crash kernel region";
        self.found("memory", found.into());
    }

    /// Chooses the region that the kernel loads capture kernels into, and reads the facts about the dump.
    fn choose_crash(&mut self, iomem: &Iomem, system: &System) -> Result<(), KexecError> {
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
            // A kernel with this file rewrites elfcorehdr (CONFIG_CRASH_HOTPLUG). The files in the directories of CPUs
            // and memory only describe the image that is loaded now.
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
    /// Returns the facts in the form that the image needs.
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

//! The loaded kernels, and the permission to load.

use super::KexecError;
use purgatory_loader::system::syscall::KexecType;
use purgatory_loader::system::{Hotplug, Kexec, Lockdown, System, SystemError};
use serde_json::{Value, json};
use std::fmt;
use std::ops::Range;

/// The loaded kernels, and the permission to load.
#[derive(Clone, Debug)]
pub struct Status {
    /// The state of kexec; `None` if the kernel has no kexec.
    pub kexec: Option<Kexec>,
    /// The crash kernel regions; `None` if the kernel hides them from this process.
    pub regions: Option<Vec<Range<u64>>>,
    /// The kernel's support for hotplug.
    pub hotplug: Hotplug,
    /// The number of loads and unloads that are still allowed for a normal kexec; `None` if there is no limit.
    pub limit: Option<u64>,
    /// The same for a crash kexec.
    pub crash_limit: Option<u64>,
}

impl Status {
    /// Reads the status.
    ///
    /// # Errors
    ///
    /// Returns a [`KexecError`] if a file cannot be read, or has an unexpected format.
    pub fn of(system: &System) -> Result<Self, KexecError> {
        let kexec = match system.kexec() {
            Err(SystemError::Missing { .. }) => None,
            other => Some(other?),
        };
        let regions = match system.crash_regions() {
            Ok(regions) => Some(regions.ranges()),
            Err(SystemError::NoCrashRegion { .. }) => Some(Vec::new()),
            Err(SystemError::Denied { .. } | SystemError::Hidden { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            kexec,
            regions,
            hotplug: system.hotplug()?,
            limit: system.load_limit(KexecType::Normal)?,
            crash_limit: system.load_limit(KexecType::Crash)?,
        })
    }

    /// Returns one JSON object. `docs/loading.md` describes it.
    pub fn json(&self) -> Value {
        let ranges = self.regions.as_ref().map(|ranges| {
            let range = |range: &Range<u64>| json!({"start": range.start, "end": range.end});
            ranges.iter().map(range).collect::<Value>()
        });
        let Hotplug { cpu, memory, elfcorehdr_bytes } = self.hotplug;
        let hotplug = json!({"cpu": cpu, "memory": memory, "elfcorehdr_bytes": elfcorehdr_bytes});
        let Some(kexec) = self.kexec else {
            return json!({"kexec": false, "crash_ranges": ranges, "hotplug": hotplug});
        };
        json!({
            "kexec": true,
            "loaded": kexec.loaded,
            "crash_loaded": kexec.crash_loaded,
            "crash_bytes": kexec.crash_bytes,
            "crash_ranges": ranges,
            "hotplug": hotplug,
            "kexec_load_disabled": kexec.load_disabled,
            "kexec_load_limits": {"normal": self.limit, "crash": self.crash_limit},
            "lockdown": lockdown(kexec.lockdown),
        })
    }
}

/// The text for people.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(kexec) = self.kexec else {
            return writeln!(
                f,
                "kexec is not available: mount sysfs, or use a kernel with CONFIG_KEXEC"
            );
        };
        let loaded = |is_loaded| if is_loaded { "loaded" } else { "not loaded" };
        writeln!(f, "kernel          {}", loaded(kexec.loaded))?;
        writeln!(f, "capture kernel  {}", loaded(kexec.crash_loaded))?;
        match &self.regions {
            None => writeln!(
                f,
                "reservation     {} bytes; run as root to see the address",
                kexec.crash_bytes
            )?,
            Some(regions) if regions.is_empty() => {
                writeln!(f, "reservation     none: boot with crashkernel=256M or more")?;
            }
            Some(regions) => regions.iter().try_for_each(|range| {
                let bytes = range.end - range.start;
                writeln!(
                    f,
                    "reservation     {:#018x}-{:#018x}  {bytes} bytes",
                    range.start,
                    range.end - 1
                )
            })?,
        }
        if kexec.crash_loaded {
            writeln!(f, "hotplug         {}", hotplug(self.hotplug))?;
        }
        let allowed = match (kexec.lockdown, kexec.load_disabled) {
            (Lockdown::None, false) => "allowed with CAP_SYS_BOOT".into(),
            (Lockdown::None, true) => {
                "disabled until the next boot: kexec_load_disabled is 1".into()
            }
            (mode, _) => format!("forbidden by lockdown ({})", lockdown(mode)),
        };
        writeln!(f, "kexec_load      {allowed}")?;
        for (name, kexec_type, limit) in [
            ("kernel", KexecType::Normal, self.limit),
            ("capture kernel", KexecType::Crash, self.crash_limit),
        ] {
            if let Some(limit) = limit {
                let file = kexec_type.limit_file();
                writeln!(f, "load limit      {limit} more calls for the {name} (/{file})")?;
            }
        }
        Ok(())
    }
}

fn hotplug(hotplug: Hotplug) -> &'static str {
    match (hotplug.cpu, hotplug.memory) {
        (true, true) => "the kernel rewrites elfcorehdr on CPU and memory hotplug",
        (true, false) => "the kernel rewrites elfcorehdr on CPU hotplug",
        (false, true) => "the kernel rewrites elfcorehdr on memory hotplug",
        (false, false) => "load again after CPU or memory hotplug",
    }
}

fn lockdown(mode: Lockdown) -> &'static str {
    match mode {
        Lockdown::None => "none",
        Lockdown::Integrity => "integrity",
        Lockdown::Confidentiality => "confidentiality",
    }
}

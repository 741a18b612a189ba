//! Loaded kernels, permissions, and the kernel's support for hotplug.

use std::string::ToString;

use super::{System, SystemError, optional};

const LOADED: &str = "sys/kernel/kexec_loaded";
const CRASH_LOADED: &str = "sys/kernel/kexec_crash_loaded";
const CRASH_SIZE: &str = "sys/kernel/kexec_crash_size";
const DISABLED: &str = "proc/sys/kernel/kexec_load_disabled";
const LOCKDOWN: &str = "sys/kernel/security/lockdown";
const ELFCOREHDR_SIZE: &str = "sys/kernel/crash_elfcorehdr_size";
const CPU_HOTPLUG: &str = "sys/devices/system/cpu/crash_hotplug";
const MEMORY_HOTPLUG: &str = "sys/devices/system/memory/crash_hotplug";

/// The action if the kernel has no kexec.
const ADVICE: &str = "mount sysfs, or use a kernel with CONFIG_KEXEC";

/// The state of kexec in the running kernel: `kernel/ksysfs.c` and `kernel/kexec_core.c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kexec {
    /// Whether a kernel for a normal kexec is loaded (`kexec -e` starts it).
    pub loaded: bool,
    /// Whether a capture kernel is loaded.
    pub crash_loaded: bool,
    /// Bytes of the `crashkernel=` reservation, in all regions; 0 if there is none.
    pub crash_bytes: u64,
    /// Whether root has forbidden loading until the next boot.
    pub load_disabled: bool,
    /// The lockdown mode.
    pub lockdown: Lockdown,
}

/// The lockdown mode of the kernel: `security/lockdown/lockdown.c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lockdown {
    /// No lockdown, or unknown.
    None,
    /// Root cannot change the running kernel: kexec_load(2) is forbidden.
    Integrity,
    /// Root also cannot read the kernel's memory, such as `/proc/kcore`.
    Confidentiality,
}

/// The kernel's support for elfcorehdr on CPU and memory hotplug: Linux 6.6 and later, with `CONFIG_CRASH_HOTPLUG`. The
/// two flags are valid for the image that is loaded now (`crash_check_hotplug_support` of `kernel/crash_core.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hotplug {
    /// Whether it updates elfcorehdr on CPU hotplug.
    pub cpu: bool,
    /// Whether it updates elfcorehdr on memory hotplug.
    pub memory: bool,
    /// Bytes that it needs for an updated elfcorehdr.
    pub elfcorehdr_bytes: Option<u64>,
}

impl System {
    /// Reads the state of kexec in the running kernel.
    ///
    /// # Errors
    /// Returns a [`SystemError`] if the kernel has no kexec, or a file has an unexpected format.
    pub fn kexec(&self) -> Result<Kexec, SystemError> {
        Ok(Kexec {
            loaded: self.flag(LOADED)?,
            crash_loaded: optional(self.flag(CRASH_LOADED))?.unwrap_or(false),
            crash_bytes: optional(self.number(CRASH_SIZE, ADVICE))?.unwrap_or(0),
            load_disabled: optional(self.flag(DISABLED))?.unwrap_or(false),
            lockdown: self.lockdown()?,
        })
    }

    /// Reads the kernel's support for hotplug.
    ///
    /// # Errors
    /// Returns a [`SystemError`] if a file has an unexpected format.
    pub fn hotplug(&self) -> Result<Hotplug, SystemError> {
        Ok(Hotplug {
            cpu: optional(self.flag(CPU_HOTPLUG))?.unwrap_or(false),
            memory: optional(self.flag(MEMORY_HOTPLUG))?.unwrap_or(false),
            elfcorehdr_bytes: optional(self.number(ELFCOREHDR_SIZE, ADVICE))?,
        })
    }

    /// Reads the lockdown mode: all modes on one line, the active one in brackets.
    fn lockdown(&self) -> Result<Lockdown, SystemError> {
        let Some(text) = optional(self.text(LOCKDOWN, ""))? else { return Ok(Lockdown::None) };
        let level = text.split_once('[').and_then(|(_, rest)| Some(rest.split_once(']')?.0));
        match level {
            Some("none") => Ok(Lockdown::None),
            Some("integrity") => Ok(Lockdown::Integrity),
            Some("confidentiality") => Ok(Lockdown::Confidentiality),
            _ => Err(self.malformed(LOCKDOWN, &text, "a level in brackets")),
        }
    }

    fn flag(&self, file: &str) -> Result<bool, SystemError> {
        match self.number(file, ADVICE)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.malformed(file, &other.to_string(), "0 or 1")),
        }
    }
}

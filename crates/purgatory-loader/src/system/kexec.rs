//! What is loaded, what is allowed, and what the kernel keeps up to date by itself.

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

/// What to do where the kernel has no kexec.
const ADVICE: &str = "mount sysfs, or use a kernel with CONFIG_KEXEC";

/// What the kernel says of kexec: `kernel/ksysfs.c` and `kernel/kexec_core.c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kexec {
    /// Whether a kernel is loaded that `kexec -e` would start.
    pub loaded: bool,
    /// Whether a capture kernel is loaded.
    pub crash_loaded: bool,
    /// Bytes that are reserved for a capture kernel, in all regions; 0 where the kernel has none.
    pub crash_bytes: u64,
    /// Whether root has forbidden loading until the next boot.
    pub load_disabled: bool,
    /// What the kernel forbids even root.
    pub lockdown: Lockdown,
}

/// How far the kernel is locked down: `security/lockdown/lockdown.c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lockdown {
    /// It is not, or it does not tell.
    None,
    /// Nothing may change the running kernel: kexec_load(2) is forbidden.
    Integrity,
    /// Nor may its memory be read: `/proc/kcore` is closed too.
    Confidentiality,
}

/// What the kernel does with elfcorehdr when processors or memory come and go: Linux 6.6 and later, with
/// `CONFIG_CRASH_HOTPLUG`. Of processors and memory it speaks for the image that is loaded now
/// (`crash_check_hotplug_support` of `kernel/crash_core.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hotplug {
    /// Whether it keeps up with processors.
    pub processors: bool,
    /// Whether it keeps up with memory.
    pub memory: bool,
    /// Bytes that it asks for, so that what it writes there fits.
    pub elfcorehdr_bytes: Option<u64>,
}

impl System {
    /// What the kernel says of kexec.
    ///
    /// # Errors
    /// It was built without, or says something that is not understood.
    pub fn kexec(&self) -> Result<Kexec, SystemError> {
        Ok(Kexec {
            loaded: self.flag(LOADED)?,
            crash_loaded: optional(self.flag(CRASH_LOADED))?.unwrap_or(false),
            crash_bytes: optional(self.number(CRASH_SIZE, ADVICE))?.unwrap_or(0),
            load_disabled: optional(self.flag(DISABLED))?.unwrap_or(false),
            lockdown: self.lockdown()?,
        })
    }

    /// What the kernel keeps up to date.
    ///
    /// # Errors
    /// It says something that is not understood.
    pub fn hotplug(&self) -> Result<Hotplug, SystemError> {
        Ok(Hotplug {
            processors: optional(self.flag(CPU_HOTPLUG))?.unwrap_or(false),
            memory: optional(self.flag(MEMORY_HOTPLUG))?.unwrap_or(false),
            elfcorehdr_bytes: optional(self.number(ELFCOREHDR_SIZE, ADVICE))?,
        })
    }

    /// All levels on a line, the one that holds in brackets.
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

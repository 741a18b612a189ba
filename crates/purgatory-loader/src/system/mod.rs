//! The facts about the running system that a loader needs, from `/proc` and `/sys`.
//!
//! | module | purpose |
//! | --- | --- |
//! | `iomem` | the physical address space |
//! | `crash` | the crash kernel regions |
//! | `firmware` | the machine: memory map, boot_params, ACPI, EFI |
//! | `cpus` | CPUs, and the address of each CPU's note |
//! | `percpu` | the same for possible CPUs that are not in sysfs |
//! | `kcore`, `kallsyms` | the running kernel's own memory and symbols |
//! | `dump` | the facts in an elfcorehdr |
//! | `running` | the running kernel's command line and memory |
//! | [`syscall`] | kexec_load(2) |
//! | `limit` | the number of calls that are still allowed |
//! | `kexec` | loaded kernels, permissions, and support for hotplug |
//!
//! All paths are relative to a root directory, so a test can use its own tree.

mod cpus;
mod crash;
mod dump;
mod error;
mod firmware;
mod iomem;
mod kallsyms;
mod kcore;
mod kexec;
mod limit;
mod percpu;
mod running;
pub mod syscall;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

pub use crash::CrashRegions;
pub use dump::Dump;
pub use error::SystemError;
pub use iomem::Iomem;
pub use kexec::{Hotplug, Kexec, Lockdown};

/// A system whose `proc` and `sys` are below a directory.
#[derive(Clone, Debug)]
pub struct System {
    root: PathBuf,
}

impl System {
    /// Returns the system at `root`. `/` is the running system.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// Returns a file's bytes. `advice` is the action if it is missing.
    fn bytes(&self, file: &str, advice: &'static str) -> Result<Vec<u8>, SystemError> {
        let path = self.path(file);
        fs::read(&path).map_err(|error| failed(&path, error, advice))
    }

    /// Returns a file's text, without leading and trailing white space.
    fn text(&self, file: &str, advice: &'static str) -> Result<String, SystemError> {
        let text = String::from_utf8_lossy(&self.bytes(file, advice)?).trim().into();
        Ok(text)
    }

    /// Returns the number in a file: decimal, or hexadecimal with the prefix `0x`.
    fn number(&self, file: &str, advice: &'static str) -> Result<u64, SystemError> {
        let text = self.text(file, advice)?;
        number(&text).ok_or_else(|| self.malformed(file, &text, "a number"))
    }

    fn malformed(&self, file: &str, found: &str, expected: &'static str) -> SystemError {
        SystemError::Malformed { path: self.path(file), found: found.into(), expected }
    }
}

/// Converts a read error.
fn failed(path: &Path, error: io::Error, advice: &'static str) -> SystemError {
    let path = PathBuf::from(path);
    match error.kind() {
        io::ErrorKind::NotFound => SystemError::Missing { path, advice },
        io::ErrorKind::PermissionDenied => SystemError::Denied { path },
        _ => SystemError::Unreadable { path, error },
    }
}

/// Returns `None` for a missing file.
fn optional<T>(read: Result<T, SystemError>) -> Result<Option<T>, SystemError> {
    match read {
        Err(SystemError::Missing { .. }) => Ok(None),
        other => other.map(Some),
    }
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => hexadecimal(digits),
        None => text.parse().ok(),
    }
}

fn hexadecimal(digits: &str) -> Option<u64> {
    u64::from_str_radix(digits, 16).ok()
}

/// Parses `first-last`, hexadecimal and inclusive, to a half-open range. Returns `None` if the range is empty.
fn range(text: &str) -> Option<core::ops::Range<u64>> {
    let (first, last) = text.split_once('-')?;
    let range = hexadecimal(first)?..hexadecimal(last)?.checked_add(1)?;
    (!range.is_empty()).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Tests may run as root, for whom no file is unreadable.
    #[test]
    fn permission_errors_ask_for_root() {
        let error = failed(Path::new("/proc/kcore"), io::ErrorKind::PermissionDenied.into(), "");
        assert!(matches!(error, SystemError::Denied { .. }));
        assert!(
            std::format!("{error}")
                .contains("cannot read /proc/kcore: permission denied: run this as root")
        );
    }

    #[test]
    fn parses_decimal_and_hexadecimal_numbers() {
        assert_eq!(
            [number("12"), number("0x12"), number("12x"), number("0x")],
            [Some(12), Some(18), None, None]
        );
        assert_eq!([range("0-fff"), range("10-1f "), range("0")], [Some(0..0x1000), None, None]);
        assert_eq!([range("0-ffffffffffffffff"), range("1000-fff")], [None, None]);
    }
}

//! The running kernel's command line and memory size.

use std::string::String;

use super::{System, SystemError};

const COMMAND_LINE: &str = "proc/cmdline";
const MEMORY: &str = "proc/meminfo";

impl System {
    /// Reads the running kernel's command line, without the line feed that Linux adds (`fs/proc/cmdline.c`).
    ///
    /// # Errors
    /// Returns a [`SystemError`] if it cannot be read, or is not UTF-8.
    pub fn command_line(&self) -> Result<String, SystemError> {
        let text = String::from_utf8(self.bytes(COMMAND_LINE, "mount proc")?);
        text.map(|text| text.strip_suffix('\n').unwrap_or(&text).into()).map_err(|error| {
            let found = String::from_utf8_lossy(error.as_bytes());
            self.malformed(COMMAND_LINE, found.trim(), "UTF-8")
        })
    }

    /// Reads the bytes of memory of the running kernel: `MemTotal` (`fs/proc/meminfo.c`).
    ///
    /// # Errors
    /// Returns a [`SystemError`] if it cannot be read, or has an unexpected format.
    pub fn memory_bytes(&self) -> Result<u64, SystemError> {
        self.memory("MemTotal:", "`MemTotal: NUMBER kB`")
    }

    /// Reads the bytes of memory that programs can use without swapping: `MemAvailable`.
    ///
    /// # Errors
    /// As for [`System::memory_bytes`].
    pub fn available_bytes(&self) -> Result<u64, SystemError> {
        self.memory("MemAvailable:", "`MemAvailable: NUMBER kB`")
    }

    fn memory(&self, name: &str, expected: &'static str) -> Result<u64, SystemError> {
        let text = self.text(MEMORY, "mount proc")?;
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        let mut words = line.split_ascii_whitespace().skip(1);
        let number = words.next().and_then(|number| number.parse::<u64>().ok());
        let kib = number.filter(|_| words.next() == Some("kB"));
        let bytes = kib.and_then(|kib| kib.checked_mul(1024));
        bytes.ok_or_else(|| self.malformed(MEMORY, line, expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn with_meminfo(
        text: &str,
        read: fn(&System) -> Result<u64, SystemError>,
    ) -> Result<u64, SystemError> {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("proc")).unwrap();
        fs::write(root.path().join(MEMORY), text).unwrap();
        read(&System::at(root.path()))
    }

    #[test]
    fn reads_memory_in_kib() {
        let text = "MemTotal:    1015324 kB\nMemFree: 1 kB\nMemAvailable: 2 kB\n";
        assert_eq!(with_meminfo(text, System::memory_bytes).unwrap(), 1_039_691_776);
        assert_eq!(with_meminfo(text, System::available_bytes).unwrap(), 2048);
    }

    #[test]
    fn rejects_malformed_memory() {
        for text in [
            "MemFree: 1 kB\n",
            "MemTotal: 1\n",
            "MemTotal: 1 MB",
            "MemTotal: -1 kB",
            "MemTotal: 18446744073709551615 kB",
        ] {
            for read in [System::memory_bytes, System::available_bytes] {
                let error = with_meminfo(text, read).unwrap_err();
                assert!(matches!(error, SystemError::Malformed { .. }), "{error}");
            }
        }
    }

    #[test]
    fn rejects_a_missing_proc() {
        let root = tempfile::tempdir().unwrap();
        let error = System::at(root.path()).command_line().unwrap_err();
        assert!(matches!(error, SystemError::Missing { .. }), "{error}");
    }
}

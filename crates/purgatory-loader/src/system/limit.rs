//! The number of calls of kexec_load(2) that are still allowed: `kexec_load_permitted` of `kernel/kexec_core.c`, Linux
//! 6.3 and later.

use super::syscall::KexecType;
use super::{System, SystemError, optional};

impl KexecType {
    /// Returns the file, relative to the root, with the number of loads and unloads of this type that are still
    /// allowed.
    #[must_use]
    pub fn limit_file(self) -> &'static str {
        match self {
            Self::Normal => "proc/sys/kernel/kexec_load_limit_reboot",
            Self::Crash => "proc/sys/kernel/kexec_load_limit_panic",
        }
    }
}

impl System {
    /// Returns the number of loads and unloads of `kexec_type` that are still allowed; `None` if there is no limit.
    ///
    /// # Errors
    /// Returns a [`SystemError`] if the file has an unexpected format.
    pub fn load_limit(&self, kexec_type: KexecType) -> Result<Option<u64>, SystemError> {
        let file = kexec_type.limit_file();
        match optional(self.text(file, ""))?.as_deref() {
            None | Some("-1") => Ok(None),
            Some(text) => {
                let wrong = || self.malformed(file, text, "a number of calls, or -1");
                text.parse().map(Some).map_err(|_| wrong())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn limit(kexec_type: KexecType, text: &str) -> Result<Option<u64>, SystemError> {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("proc/sys/kernel")).unwrap();
        fs::write(root.path().join(kexec_type.limit_file()), text).unwrap();
        System::at(root.path()).load_limit(kexec_type)
    }

    #[test]
    fn limits_are_per_kexec_type() {
        assert_eq!(limit(KexecType::Crash, "0\n").unwrap(), Some(0));
        assert_eq!(limit(KexecType::Normal, "3\n").unwrap(), Some(3));
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("proc/sys/kernel")).unwrap();
        fs::write(root.path().join(KexecType::Crash.limit_file()), "0\n").unwrap();
        assert_eq!(System::at(root.path()).load_limit(KexecType::Normal).unwrap(), None);
    }

    #[test]
    fn accepts_no_limit_and_rejects_invalid_numbers() {
        assert_eq!(limit(KexecType::Crash, "-1\n").unwrap(), None);
        for text in ["", "-2\n", "many\n"] {
            let error = limit(KexecType::Crash, text).unwrap_err();
            assert!(matches!(error, SystemError::Malformed { .. }), "{error}");
        }
    }
}

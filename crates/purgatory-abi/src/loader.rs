//! The loaders that a purgatory is built for.

use core::fmt;

/// A loader. Each loader has a separate contract with the purgatory, and so a separate purgatory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loader {
    /// The Linux kernel, kexec_file_load(2): [`linux`](crate::linux).
    Linux,
    /// kexec-tools, kexec_load(2): [`kexec_tools`](crate::kexec_tools).
    KexecTools,
    /// Loaders that use purgatory-loader: [`native`](crate::native).
    Native,
}

impl Loader {
    /// All loaders.
    pub const ALL: [Self; 3] = [Self::Linux, Self::KexecTools, Self::Native];

    /// Returns the name in reports and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::KexecTools => "kexec-tools",
            Self::Native => "native",
        }
    }

    /// Returns the file name of its purgatory.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Linux => "purgatory-linux.ro",
            Self::KexecTools => "purgatory-kexec-tools.ro",
            Self::Native => "purgatory-native.ro",
        }
    }
}

impl fmt::Display for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn pads_names() {
        let names = Loader::ALL.map(|loader| format!("{loader:12}|")).concat();
        assert_eq!(names, "linux       |kexec-tools |native      |");
    }

    #[test]
    fn names_files_after_loaders() {
        for loader in Loader::ALL {
            assert_eq!(loader.file(), format!("purgatory-{loader}.ro"));
        }
    }
}

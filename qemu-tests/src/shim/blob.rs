//! Which blob a run is of.

/// One of our blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blob {
    /// The one for the Linux kernel.
    Linux,
    /// The one for kexec-tools.
    KexecTools,
    /// The one for loaders of our own.
    Native,
}

impl Blob {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Linux, Self::KexecTools, Self::Native];

    /// Its name in the verdict.
    #[must_use]
    pub const fn door(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::KexecTools => "kexec-tools",
            Self::Native => "native",
        }
    }

    /// The file's name.
    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::Linux => "purgatory-linux.ro",
            Self::KexecTools => "purgatory-kexec-tools.ro",
            Self::Native => "purgatory-native.ro",
        }
    }
}

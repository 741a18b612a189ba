//! Which blob a run is of.

/// One of our blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blob {
    /// The one for the Linux kernel.
    Linux,
    /// The one for kexec-tools.
    KexecTools,
}

impl Blob {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Linux, Self::KexecTools];

    /// Its name in the verdict.
    #[must_use]
    pub const fn door(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::KexecTools => "kexec-tools",
        }
    }

    /// The file's name.
    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::Linux => "purgatory-linux.ro",
            Self::KexecTools => "purgatory-kexec-tools.ro",
        }
    }
}

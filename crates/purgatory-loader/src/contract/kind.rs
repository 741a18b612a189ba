//! Which loader an object is for.

use super::{Finding, kexec_tools, linux, native};
use crate::elf::Blob;
use alloc::vec::Vec;
use core::fmt;
use purgatory_abi as abi;

/// A loader that embeds a purgatory. What they call their tables tells the purgatories apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The Linux kernel, `kexec_file_load`: [`linux`].
    Linux,
    /// kexec-tools, `kexec_load`: [`kexec_tools`].
    KexecTools,
    /// Loaders that are made with this library: [`native`].
    Native,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Linux, Self::KexecTools, Self::Native];

    /// The loader whose table of regions, digest or header `blob` defines. `None` if it has none, or those of several.
    pub fn of(blob: &Blob<'_>) -> Option<Self> {
        let mut kinds = Self::ALL.into_iter().filter(|kind| {
            let names: &[&str] = match kind {
                Self::Linux => &[abi::linux::SHA_REGIONS, abi::linux::SHA256_DIGEST],
                Self::KexecTools => {
                    &[abi::kexec_tools::SHA256_REGIONS, abi::kexec_tools::SHA256_DIGEST]
                }
                Self::Native => &[abi::native::HEADER],
            };
            names.iter().any(|name| blob.defines(name))
        });
        kinds.next().filter(|_| kinds.next().is_none())
    }

    /// Holds `blob` against every rule of this loader, and says of each what was found.
    pub fn check(self, blob: &Blob<'_>) -> Vec<Finding> {
        match self {
            Self::Linux => linux::check(blob),
            Self::KexecTools => kexec_tools::check(blob),
            Self::Native => native::check(blob),
        }
    }

    /// `linux`, `kexec-tools` or `native`, as in the names of our objects.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::KexecTools => "kexec-tools",
            Self::Native => "native",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

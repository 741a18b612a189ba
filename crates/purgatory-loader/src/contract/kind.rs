//! Which loader an object is for.

use super::{Finding, kexec_tools, linux};
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
}

impl Kind {
    /// The loader whose table of regions, or whose digest, `blob` defines. `None` if it has neither's, or both's.
    pub fn of(blob: &Blob<'_>) -> Option<Self> {
        let any = |names: [&str; 2]| names.iter().any(|name| blob.defines(name));
        let linux = any([abi::linux::SHA_REGIONS, abi::linux::SHA256_DIGEST]);
        let kexec_tools = any([abi::kexec_tools::SHA256_REGIONS, abi::kexec_tools::SHA256_DIGEST]);
        match (linux, kexec_tools) {
            (true, false) => Some(Self::Linux),
            (false, true) => Some(Self::KexecTools),
            (false, false) | (true, true) => None,
        }
    }

    /// Holds `blob` against every rule of this loader, and says of each what was found.
    pub fn check(self, blob: &Blob<'_>) -> Vec<Finding> {
        match self {
            Self::Linux => linux::check(blob),
            Self::KexecTools => kexec_tools::check(blob),
        }
    }

    /// `linux` or `kexec-tools`, as in the names of our objects.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::KexecTools => "kexec-tools",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

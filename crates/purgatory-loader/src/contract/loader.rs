//! The loader that an object is made for.

use super::{Finding, kexec_tools, linux, native};
use crate::elf::Blob;
use alloc::vec::Vec;
use purgatory_abi::{self as abi, Loader};

/// Returns the loader whose region table, digest or header `blob` defines. Returns `None` if it defines none of them,
/// or those of several loaders.
pub fn loader_of(blob: &Blob<'_>) -> Option<Loader> {
    let mut loaders = Loader::ALL.into_iter().filter(|loader| {
        let names: &[&str] = match loader {
            Loader::Linux => &[abi::linux::SHA_REGIONS, abi::linux::SHA256_DIGEST],
            Loader::KexecTools => {
                &[abi::kexec_tools::SHA256_REGIONS, abi::kexec_tools::SHA256_DIGEST]
            }
            Loader::Native => &[abi::native::HEADER],
        };
        names.iter().any(|name| blob.defines(name))
    });
    loaders.next().filter(|_| loaders.next().is_none())
}

/// Checks `blob` against every rule of `loader`, and returns a finding for each.
pub fn check(loader: Loader, blob: &Blob<'_>) -> Vec<Finding> {
    match loader {
        Loader::Linux => linux::check(blob),
        Loader::KexecTools => kexec_tools::check(blob),
        Loader::Native => native::check(blob),
    }
}

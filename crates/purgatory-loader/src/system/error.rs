//! Errors of reading facts about the running system.

use std::io;
use std::path::PathBuf;
use std::string::String;

use thiserror::Error;

/// The reason why a fact about the running system is unknown.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum SystemError {
    /// The kernel has no such file.
    #[error("{} does not exist: {advice}", .path.display())]
    Missing { path: PathBuf, advice: &'static str },
    /// The kernel does not let this process read it.
    #[error("cannot read {}: permission denied: run this as root, on a kernel without lockdown", .path.display())]
    Denied { path: PathBuf },
    /// Reading fails in another way.
    #[error("cannot read {}: {error}", .path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    /// A file has an unexpected format.
    #[error("{} contains {found:?} instead of {expected}: this kernel is not supported", .path.display())]
    Malformed { path: PathBuf, found: String, expected: &'static str },
    /// The kernel hides all addresses: they are zero.
    #[error("{} has no addresses: run this as root", .path.display())]
    Hidden { path: PathBuf },
    /// No memory is reserved.
    #[error(
        "{} has no `Crash kernel` region: no memory is reserved: boot with crashkernel=256M or more",
        .path.display()
    )]
    NoCrashRegion { path: PathBuf },
    /// `/proc/kcore` lacks an expected program header.
    #[error("{} has no program header for {what}: this kernel is not supported", .path.display())]
    NoProgramHeader { path: PathBuf, what: &'static str },
    /// A virtual address is not in a part of the kernel's memory with a known physical address.
    #[error("{} does not give the physical address of {address:#x}: it is not in the direct mapping", .path.display())]
    NotMapped { path: PathBuf, address: u64 },
    /// The kernel has no such symbol.
    #[error("{} has no symbol {name}: the kernel must be built with CONFIG_KALLSYMS_ALL", .path.display())]
    NoSymbol { path: PathBuf, name: &'static str },
    /// sysfs and the kernel's memory give different addresses for a note.
    #[error(
        "the note of CPU {processor} is at {stated:#x} in sysfs, but at {found:#x} in the kernel's memory"
    )]
    NotesDiffer { processor: usize, stated: u64, found: u64 },
}

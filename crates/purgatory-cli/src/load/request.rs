//! The request of the caller.

use purgatory_loader::Options;
use purgatory_loader::system::syscall::KexecType;
use std::path::PathBuf;

/// A request to load a kernel.
#[derive(Clone, Debug)]
pub struct Request {
    /// The type of the kexec.
    pub kexec_type: KexecType,
    /// The kernel's file.
    pub kernel: PathBuf,
    /// The file of the initrd.
    pub initrd: Option<PathBuf>,
    /// The given command line.
    pub command_line: Option<String>,
    /// Whether the running kernel's command line precedes it.
    pub reuse_command_line: bool,
    /// The options for the purgatory.
    pub options: Options,
    /// Whether to omit the system call.
    pub dry_run: bool,
}

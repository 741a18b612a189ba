//! What the caller asks for.

use purgatory_loader::Options;
use purgatory_loader::system::syscall::KexecType;
use std::path::PathBuf;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// For a panic, or for `reboot`.
    pub kexec_type: KexecType,
    /// The kernel's file.
    pub kernel: PathBuf,
    /// The initial file system's.
    pub initrd: Option<PathBuf>,
    /// The words of the command line.
    pub command_line: Option<String>,
    /// Whether the running kernel's command line stands before them.
    pub reuse_command_line: bool,
    /// What the purgatory is told.
    pub options: Options,
    /// Whether all is done but the system call.
    pub dry_run: bool,
}

//! Errors of loading, unloading and executing a kernel.

use crate::Exit;
use crate::file::FileError;
use purgatory_abi::native::SegmentKind;
use purgatory_loader::kernel::{ImageError, KernelError};
use purgatory_loader::segments::{BuildError, PlacerError};
use purgatory_loader::system::syscall::KexecType;
use purgatory_loader::system::{Lockdown, SystemError};
use purgatory_loader::{ElfError, elfcorehdr::ElfcorehdrError};
use rustix::io::Errno;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// The reason why a kernel is not loaded, unloaded or executed. Up to [`KexecError::CallFailed`], nothing was changed.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum KexecError {
    /// The kernel, or its initial file system, cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The program was built without purgatories.
    #[error(
        "this build of the program has no purgatories inside: use the program that `cargo xtask build` makes"
    )]
    NoPurgatory,
    /// The running kernel has no kexec.
    #[error("syscall kexec_load not available: {source}")]
    NoKexec { source: SystemError },
    /// The process lacks CAP_SYS_BOOT.
    #[error("CAP_SYS_BOOT is missing: run it as root")]
    NotPermitted,
    /// Lockdown is active.
    #[error(
        "lockdown ({}) forbids kexec_load(2): use kexec_file_load(2), as `kexec -s` does, on a kernel that was built with purgatory-linux.ro as its purgatory",
        match mode { Lockdown::Confidentiality => "confidentiality", _ => "integrity" }
    )]
    Lockdown { mode: Lockdown },
    /// kexec_load(2) is disabled.
    #[error(
        "kexec_load(2) is disabled, because /proc/sys/kernel/kexec_load_disabled is 1: reboot to enable it"
    )]
    Disabled,
    /// The limit of calls is reached.
    #[error(
        "kexec_load(2) has reached its limit of calls, because /{file} is 0: reboot to allow more"
    )]
    LimitReached { file: &'static str },
    /// No memory is reserved for a capture kernel.
    #[error(
        "Memory for crashkernel is not reserved: boot the running kernel with crashkernel=256M or more"
    )]
    NoReservation,
    /// A required fact about the machine is missing.
    #[error(transparent)]
    System(SystemError),
    /// The file is not a kernel that can be loaded.
    #[error("{}: {error}", path.display())]
    Kernel { path: PathBuf, error: KernelError },
    /// The kernel and its data do not fit, or do not make an image.
    #[error("{}: {error}", path.display())]
    Image { path: PathBuf, error: ImageError },
    /// The loadable memory is inconsistent.
    #[error("the memory map of the machine is inconsistent: {0}")]
    Memory(#[from] PlacerError),
    /// The memory to dump cannot be described.
    #[error("cannot describe the memory to be dumped: {0}")]
    Elfcorehdr(#[from] ElfcorehdrError),
    /// The segments do not make an image.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A segment does not fit into the memory.
    #[error("the {} does not fit: {why}; {}", kind.name(), match kexec_type {
        KexecType::Normal => "use a smaller initrd",
        KexecType::Crash => "reserve more with crashkernel=, or use a smaller initrd",
    })]
    NoRoom { kind: SegmentKind, why: PlacerError, kexec_type: KexecType },
    /// The purgatory inside this program cannot be read.
    #[error("the purgatory inside this program is corrupted: {0}")]
    Blob(#[from] ElfError),
    /// kexec_load(2) failed. `call` is the action, with the name that kexec-tools prints.
    #[error("{call} failed: {source}: {advice}; {left}")]
    CallFailed { call: &'static str, source: io::Error, advice: &'static str, left: &'static str },
    /// No kernel is loaded.
    #[error("Nothing has been loaded! Load a kernel with `purgatory load` first")]
    NothingLoaded,
    /// reboot(2) failed.
    #[error(
        "reboot(LINUX_REBOOT_CMD_KEXEC) failed: {source}: the kernel is still loaded, and dmesg may give the reason"
    )]
    RebootFailed { source: io::Error },
}

impl KexecError {
    /// Returns the exit status for the error.
    pub fn exit(&self) -> Exit {
        match self {
            Self::File(FileError::TooLarge { .. }) => Exit::TooLarge,
            Self::File(_) => Exit::UsageOrIo,
            Self::NoPurgatory => Exit::NoPurgatory,
            Self::NoKexec { .. } => Exit::NoKexec,
            Self::NotPermitted => Exit::NotPermitted,
            Self::Lockdown { .. } => Exit::Lockdown,
            Self::Disabled | Self::LimitReached { .. } => Exit::Disabled,
            Self::NoReservation => Exit::NoReservation,
            Self::System(SystemError::Denied { .. } | SystemError::Hidden { .. }) => {
                Exit::NotPermitted
            }
            Self::System(_) => Exit::MissingFacts,
            Self::Kernel { error: KernelError::Truncated { .. }, .. } => Exit::TruncatedKernel,
            Self::Kernel { .. } => Exit::UnsupportedKernel,
            Self::Image { error, .. } => of_image(error),
            Self::Build(error) => of_build(error),
            Self::NoRoom { .. } => Exit::TooLarge,
            Self::Elfcorehdr(_) | Self::Memory(_) => Exit::MissingFacts,
            Self::Blob(_) => Exit::Rejected,
            Self::CallFailed { source, .. } => of_call(source),
            Self::RebootFailed { .. } => Exit::SystemCallFailed,
            Self::NothingLoaded => Exit::NothingToDo,
        }
    }
}

fn of_image(error: &ImageError) -> Exit {
    match error {
        ImageError::NoRoom { .. } => Exit::TooLarge,
        ImageError::FiveLevelPaging | ImageError::VmlinuxElsewhere { .. } => {
            Exit::UnsupportedKernel
        }
        ImageError::NoMemoryMap
        | ImageError::TooManyRanges { .. }
        | ImageError::BootParams { .. } => Exit::MissingFacts,
        ImageError::CommandLineZero { .. }
        | ImageError::ElfcorehdrGiven { .. }
        | ImageError::CommandLineTooLong { .. }
        | ImageError::ElfcorehdrTooLong { .. } => Exit::Rejected,
    }
}

fn of_call(error: &io::Error) -> Exit {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::PERM) => Exit::NotPermitted,
        Some(Errno::NOSYS) => Exit::NoKexec,
        _ => Exit::SystemCallFailed,
    }
}

fn of_build(error: &BuildError) -> Exit {
    match error {
        BuildError::NoRoom(_)
        | BuildError::HalfOfMemory { .. }
        | BuildError::TooLittleFree { .. } => Exit::TooLarge,
        _ => Exit::Rejected,
    }
}

impl From<SystemError> for KexecError {
    fn from(error: SystemError) -> Self {
        match error {
            SystemError::NoCrashRegion { .. } => Self::NoReservation,
            error => Self::System(error),
        }
    }
}

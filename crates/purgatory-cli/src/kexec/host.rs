//! The machine that kernels are loaded on: its facts, and the system calls that change it.

use super::KexecError;
use purgatory_loader::Segment;
use purgatory_loader::segments::Ready;
use purgatory_loader::system::syscall::{self, Flags, KexecType};
use purgatory_loader::system::{Kexec, Lockdown, System, SystemError};
use rustix::io::Errno;
use rustix::system::RebootCommand;
use rustix::thread::CapabilitySet;
use std::io;

/// The type of [`syscall::kexec_load`].
pub type KexecLoad = dyn FnMut(u64, &[Segment<'_>], Flags) -> io::Result<()>;

/// The machine. Tests use their own files and system calls instead.
pub struct Host {
    /// The source of the facts.
    pub system: System,
    /// Whether this process has `CAP_SYS_BOOT`.
    pub may_boot: bool,
    /// kexec_load(2).
    pub kexec_load: Box<KexecLoad>,
    /// Syncs all file systems and starts the loaded kernel. Returns only if that fails.
    pub execute: Box<dyn FnMut() -> io::Error>,
}

impl Host {
    /// Returns the machine that this program runs on.
    pub fn this() -> Self {
        let effective = rustix::thread::capabilities(None).map(|sets| sets.effective);
        Self {
            system: System::at("/"),
            may_boot: effective.is_ok_and(|set| set.contains(CapabilitySet::SYS_BOOT)),
            kexec_load: Box::new(syscall::kexec_load),
            execute: Box::new(|| {
                rustix::fs::sync();
                match rustix::system::reboot(RebootCommand::Kexec) {
                    Ok(()) => io::ErrorKind::Other.into(),
                    Err(error) => error.into(),
                }
            }),
        }
    }

    /// Reads the state of kexec in the running kernel.
    ///
    /// # Errors
    ///
    /// Returns a [`KexecError`] if the kernel has no kexec, or a file has an unexpected format.
    pub fn kexec(&self) -> Result<Kexec, KexecError> {
        self.system.kexec().map_err(|error| match error {
            source @ SystemError::Missing { .. } => KexecError::NoKexec { source },
            error => error.into(),
        })
    }

    /// Checks that kexec_load(2) is permitted for `kexec_type`, as far as the kernel reports it.
    ///
    /// # Errors
    ///
    /// Returns a [`KexecError`] if it is not permitted. Reports the least fixable reason first: lockdown, disabled,
    /// limit, capability.
    pub fn may_load(&self, kexec_type: KexecType) -> Result<Kexec, KexecError> {
        let kexec = self.kexec()?;
        if kexec.lockdown != Lockdown::None {
            return Err(KexecError::Lockdown { mode: kexec.lockdown });
        }
        if kexec.load_disabled {
            return Err(KexecError::Disabled);
        }
        if self.system.load_limit(kexec_type)? == Some(0) {
            return Err(KexecError::LimitReached { file: kexec_type.limit_file() });
        }
        if !self.may_boot {
            return Err(KexecError::NotPermitted);
        }
        Ok(kexec)
    }

    /// Unloads the kernel of `kexec_type`.
    pub(crate) fn unload(&mut self, kexec_type: KexecType) -> Result<(), KexecError> {
        let flags = Flags { kexec_type, update_elfcorehdr: false };
        (self.kexec_load)(0, &[], flags).map_err(|source| {
            let (advice, left) = (advice(&source), self.left(kexec_type));
            KexecError::CallFailed { call: "kexec unload", source, advice, left }
        })
    }

    /// Loads an image.
    pub(crate) fn load(&mut self, ready: &Ready<'_>, flags: Flags) -> Result<(), KexecError> {
        (self.kexec_load)(ready.entry, &ready.segments, flags).map_err(|source| {
            let (advice, left) = (advice(&source), self.left(flags.kexec_type));
            KexecError::CallFailed { call: "kexec_load", source, advice, left }
        })
    }

    /// Describes whether a kernel of `kexec_type` is still loaded after a failed system call.
    fn left(&self, kexec_type: KexecType) -> &'static str {
        match (kexec_type, self.system.kexec()) {
            (KexecType::Normal, Ok(Kexec { loaded: true, .. })) => {
                "the previously loaded kernel is still loaded"
            }
            (KexecType::Crash, Ok(Kexec { crash_loaded: true, .. })) => {
                "the previous capture kernel is still loaded"
            }
            (KexecType::Normal, Ok(_)) => "no kernel is loaded now",
            (KexecType::Crash, Ok(_)) => "no capture kernel is loaded now",
            (_, Err(_)) => "it is unknown whether a kernel is loaded now",
        }
    }
}

/// Returns the advice for a failure of kexec_load(2): `kernel/kexec.c`, `do_kexec_load` and `kexec_load_check`.
fn advice(error: &io::Error) -> &'static str {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::PERM) => {
            "lockdown or a security module forbids it, and under lockdown use kexec_file_load(2) on a kernel that was built with purgatory-linux.ro"
        }
        Some(Errno::BUSY) => "another process is loading a kernel, so try again",
        Some(Errno::ADDRNOTAVAIL) => {
            "the running kernel rejects memory that /proc/iomem lists, so reserve more with crashkernel= or use another kernel"
        }
        Some(Errno::NOMEM) => {
            "the running kernel has too little free memory for a copy of the image"
        }
        Some(Errno::NOSYS) => "the running kernel must be built with CONFIG_KEXEC",
        _ => "dmesg may give the reason",
    }
}

//! What loading, unloading and executing kernels have in common.

mod error;
mod host;
mod status;

pub use error::KexecError;
pub use host::{Host, KexecLoad};
pub use status::Status;

use purgatory_loader::system::syscall::KexecType;

/// Unloads what is in `kexec_type`. Says what was there.
///
/// # Errors
///
/// It is not allowed, or the system call failed.
pub fn unload(host: &mut Host, kexec_type: KexecType) -> Result<String, KexecError> {
    let kexec = host.may_load(kexec_type)?;
    host.unload(kexec_type)?;
    let said = match (kexec_type, kexec.loaded, kexec.crash_loaded) {
        (KexecType::Normal, true, _) => "unloaded the kernel\n",
        (KexecType::Normal, false, _) => "no kernel was loaded\n",
        (KexecType::Crash, _, true) => "unloaded the capture kernel\n",
        (KexecType::Crash, _, false) => "no capture kernel was loaded\n",
    };
    Ok(said.into())
}

/// Starts the loaded kernel, and returns only if that fails.
///
/// # Errors
///
/// Nothing is loaded, it is not allowed, or the system call failed.
pub fn exec(host: &mut Host) -> Result<std::convert::Infallible, KexecError> {
    if !host.kexec()?.loaded {
        return Err(KexecError::NothingLoaded);
    }
    if !host.may_boot {
        return Err(KexecError::NotPermitted);
    }
    Err(KexecError::RebootFailed { source: (host.execute)() })
}

//! Unloads, executes and shows kernels, and the parts that loading shares.

mod error;
mod host;
mod status;

pub use error::KexecError;
pub use host::{Host, KexecLoad};
pub use status::Status;

use purgatory_loader::system::syscall::KexecType;

/// Unloads the kernel of `kexec_type`. Returns the text to print.
///
/// # Errors
///
/// Returns a [`KexecError`] if it is not permitted, or the system call failed.
pub fn unload(host: &mut Host, kexec_type: KexecType) -> Result<String, KexecError> {
    let kexec = host.may_load(kexec_type)?;
    host.unload(kexec_type)?;
    let text = match (kexec_type, kexec.loaded, kexec.crash_loaded) {
        (KexecType::Normal, true, _) => "unloaded the kernel\n",
        (KexecType::Normal, false, _) => "no kernel was loaded\n",
        (KexecType::Crash, _, true) => "unloaded the capture kernel\n",
        (KexecType::Crash, _, false) => "no capture kernel was loaded\n",
    };
    Ok(text.into())
}

/// Starts the loaded kernel. Returns only if that fails.
///
/// # Errors
///
/// Returns a [`KexecError`] if no kernel is loaded, it is not permitted, or the system call failed.
pub fn exec(host: &mut Host) -> Result<std::convert::Infallible, KexecError> {
    if !host.kexec()?.loaded {
        return Err(KexecError::NothingLoaded);
    }
    if !host.may_boot {
        return Err(KexecError::NotPermitted);
    }
    Err(KexecError::RebootFailed { source: (host.execute)() })
}

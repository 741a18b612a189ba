//! What loading, unloading and executing kernels have in common.

mod error;
mod host;
mod status;

pub use error::KexecError;
pub use host::{Host, KexecLoad};
pub use status::Status;

use purgatory_loader::system::syscall::Slot;

/// Unloads what is in `slot`. Says what was there.
///
/// # Errors
///
/// It is not allowed, or the system call failed.
pub fn unload(host: &mut Host, slot: Slot) -> Result<String, KexecError> {
    let kexec = host.may_load(slot)?;
    host.unload(slot)?;
    let said = match (slot, kexec.loaded, kexec.crash_loaded) {
        (Slot::Plain, true, _) => "unloaded the kernel\n",
        (Slot::Plain, false, _) => "no kernel was loaded\n",
        (Slot::Crash, _, true) => "unloaded the crash kernel\n",
        (Slot::Crash, _, false) => "no crash kernel was loaded\n",
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

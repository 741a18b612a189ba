//! The timer that ends a blob after its time limit. It ticks in the thread that runs the blob.

use super::outcome::RunError;
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::time::Duration;

/// The interval at which the handler checks the blob's position. Its cost is negligible.
const TICK: Duration = Duration::from_millis(10);

/// The signal of a tick.
pub(super) const SIGNAL: libc::c_int = libc::SIGALRM;

/// A timer that ticks until it is dropped.
pub(super) struct Timer(libc::timer_t);

impl Timer {
    /// Starts a timer that sends [`SIGNAL`] to this thread at each tick.
    pub(super) fn start() -> Result<Self, RunError> {
        let failed = || RunError::Timer { source: io::Error::last_os_error() };
        // SAFETY: the structure has only numbers and pointers, and zero is a valid value of each.
        let mut event: libc::sigevent = unsafe { MaybeUninit::zeroed().assume_init() };
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = SIGNAL;
        // SAFETY: the function only returns a number.
        event.sigev_notify_thread_id = unsafe { libc::gettid() };
        let mut timer = ptr::null_mut();
        // SAFETY: both pointers are to local variables.
        if unsafe { libc::timer_create(libc::CLOCK_MONOTONIC, &mut event, &mut timer) } != 0 {
            return Err(failed());
        }
        let timer = Self(timer);
        let tick = libc::timespec { tv_sec: 0, tv_nsec: TICK.subsec_nanos().into() };
        let ticks = libc::itimerspec { it_interval: tick, it_value: tick };
        // SAFETY: this value owns the timer; the previous setting is not requested.
        if unsafe { libc::timer_settime(timer.0, 0, &ticks, ptr::null_mut()) } != 0 {
            return Err(failed());
        }
        Ok(timer)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // SAFETY: this value owns the timer.
        unsafe { libc::timer_delete(self.0) };
    }
}

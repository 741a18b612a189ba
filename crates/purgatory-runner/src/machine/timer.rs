//! The end of a blob that does not end: a timer that ticks in the thread that runs it.

use super::outcome::RunError;
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::time::Duration;

/// How often it is looked where the blob is: rarely enough to cost nothing.
const TICK: Duration = Duration::from_millis(100);

/// The signal of a tick.
pub(super) const SIGNAL: libc::c_int = libc::SIGALRM;

/// Ticks until it is dropped.
pub(super) struct Timer(libc::timer_t);

impl Timer {
    /// Sends [`SIGNAL`] to this thread every now and then.
    pub(super) fn start() -> Result<Self, RunError> {
        let failed = || RunError::Timer { source: io::Error::last_os_error() };
        // SAFETY: the structure is numbers and pointers, and zeros are some.
        let mut event: libc::sigevent = unsafe { MaybeUninit::zeroed().assume_init() };
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = SIGNAL;
        // SAFETY: asks for a number.
        event.sigev_notify_thread_id = unsafe { libc::gettid() };
        let mut timer = ptr::null_mut();
        // SAFETY: both places are this function's.
        if unsafe { libc::timer_create(libc::CLOCK_MONOTONIC, &mut event, &mut timer) } != 0 {
            return Err(failed());
        }
        let timer = Self(timer);
        let tick = libc::timespec { tv_sec: 0, tv_nsec: TICK.subsec_nanos().into() };
        let ticks = libc::itimerspec { it_interval: tick, it_value: tick };
        // SAFETY: the timer is this value's; nobody wants to know what it was set to.
        if unsafe { libc::timer_settime(timer.0, 0, &ticks, ptr::null_mut()) } != 0 {
            return Err(failed());
        }
        Ok(timer)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // SAFETY: the timer is this value's.
        unsafe { libc::timer_delete(self.0) };
    }
}

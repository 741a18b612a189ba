//! The CPU time of a thread.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Returns the CPU time of this thread, which excludes other work of the machine.
#[must_use]
pub fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    // Both fields are non-negative.
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

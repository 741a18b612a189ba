//! One run of a blob, from the jump to its end.

use super::enter::enter;
use super::mapping::Mapping;
use super::outcome::{End, Finished, RunError};
use super::signals::{Handlers, Running};
use super::timer::Timer;
use crate::clock;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Allows one blob at a time: the process has one set of signal handlers, and one stack for the landing.
static ONE: Mutex<()> = Mutex::new(());

/// Calls the code at `entry`, which is in `mapping`, for at most `limit`.
///
/// # Errors
///
/// Returns an error if the blob executes an instruction that is not emulated, or does not end; see [`RunError`].
pub fn run(mapping: &mut Mapping, entry: u64, limit: Duration) -> Result<Finished, RunError> {
    if !mapping.addresses().contains(&entry) {
        return Err(RunError::Entry { address: entry });
    }
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut running = Running::new(mapping, Instant::now(), limit);
    let handlers = Handlers::install(&mut running)?;
    let timer = Timer::start()?;
    let began = clock::now();
    // SAFETY: the lock is held; the blob reads what its tables name and writes its own memory, which is `mapping`,
    // borrowed here; loads of segment registers fault, and are passed over.
    let rax = unsafe { enter(entry) };
    let all = clock::now().saturating_sub(began);
    drop(timer);
    drop(handlers);
    let Running { ended, processor, traps, away, .. } = running;
    let end = ended.unwrap_or(Ok(End::Returned(rax)))?;
    // A tick may occur outside the measured interval. Its time is negligible.
    let took = all.saturating_sub(away);
    let [printed, printed_on_ttys1] = processor.ports.into_output();
    Ok(Finished { end, printed, printed_on_ttys1, traps, took, away })
}

//! One run of a blob, from the jump to its end.

use super::enter::enter;
use super::mapping::Mapping;
use super::outcome::{End, Finished, RunError};
use super::signals::{Handlers, Running};
use super::timer::Timer;
use crate::clock;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One blob at a time: signal handlers and the landing's stack are the process's.
static ONE: Mutex<()> = Mutex::new(());

/// Calls the code at `entry`, which is in `mapping`, for at most `limit`.
///
/// # Errors
/// The blob did what nothing here stands in for, or did not end; see [`RunError`].
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
    // A tick may come between the two times and those of the timer; it takes next to nothing.
    let took = all.saturating_sub(away);
    let [said, said_on_ttys1] = processor.ports.said();
    Ok(Finished { end, said, said_on_ttys1, traps, took, away })
}

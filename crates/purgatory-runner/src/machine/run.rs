//! One run of a blob, from the jump to its end.

use super::enter::enter;
use super::mapping::Mapping;
use super::outcome::{End, Finished, RunError};
use super::signals::{Handlers, Running};
use super::timer::Timer;
use crate::clock;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Allows one blob at a time: the process has one set of signal handlers, and one stack for the landing.
static ONE: Mutex<()> = Mutex::new(());

/// Calls the code at `entry`, which is in one of `mappings`, for at most `limit` of CPU time.
///
/// # Errors
///
/// Returns an error if the blob could not be run; see [`RunError`].
pub fn run(mappings: &mut [Mapping], entry: u64, limit: Duration) -> Result<Finished, RunError> {
    if !mappings.iter().any(|mapping| mapping.addresses().contains(&entry)) {
        return Err(RunError::Entry { address: entry });
    }
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut running = Running::new(mappings, clock::now(), limit);
    let handlers = Handlers::install(&mut running)?;
    let timer = Timer::start()?;
    let began = clock::now();
    // SAFETY: the lock is held; the blob reads what its tables name and writes its own memory, which is in
    // `mappings`, borrowed here; loads of segment registers fault, and are passed over.
    let rax = unsafe { enter(entry) };
    let all = clock::now().saturating_sub(began);
    drop(timer);
    drop(handlers);
    let Running { ended, processor, registers, traps, away, .. } = running;
    let control_registers = processor.control_registers();
    // A tick may occur outside the measured interval. Its time is negligible.
    let took = all.saturating_sub(away);
    let [printed, printed_on_ttys1] = processor.ports.into_output();
    Ok(Finished {
        end: ended.unwrap_or(End::Returned(rax)),
        printed,
        printed_on_ttys1,
        registers,
        control_registers,
        traps,
        took,
        away,
    })
}

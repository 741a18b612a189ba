//! What it costs to run a blob in a process: signals, which are no part of what the blob does.

use super::run::{Finished, run};
use super::{Mapping, RunError};
use crate::clock;
use std::time::Duration;

/// Instructions that trap, for the time of one.
const TRAPS: usize = 100;

/// Runs of which the fastest counts: what comes between makes one slower, never faster.
const RUNS: usize = 5;

/// CLI, one byte, which traps and does nothing; and RET.
const CLI: u8 = 0xfa;
const RET: u8 = 0xc3;

/// A code page is enough.
const PAGE: usize = 4096;

/// No such run takes long.
const LIMIT: Duration = Duration::from_secs(10);

/// The bench's own part of a run's time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Of a run that does nothing: handlers and timer are set and taken away.
    pub run: Duration,
    /// Of an instruction that the bench stands in for.
    pub trap: Duration,
}

impl Cost {
    /// Measures both.
    ///
    /// # Errors
    /// See [`run`].
    pub fn measure() -> Result<Self, RunError> {
        let run = fastest(0)?;
        let trap = fastest(TRAPS)?.saturating_sub(run) / TRAPS as u32;
        Ok(Self { run, trap })
    }

    /// Its part of a run that has ended.
    #[must_use]
    pub fn of(&self, finished: &Finished) -> Duration {
        self.run + self.trap.saturating_mul(u32::try_from(finished.traps).unwrap_or(u32::MAX))
    }
}

/// The fastest run of code that traps so often.
fn fastest(traps: usize) -> Result<Duration, RunError> {
    let mut mapping = Mapping::new(PAGE)?;
    let entry = mapping.addresses().start;
    let code = mapping.bytes_mut();
    code[..traps].fill(CLI);
    code[traps] = RET;
    let mut fastest = Duration::MAX;
    for _ in 0..RUNS {
        let began = clock::now();
        run(&mut mapping, entry, LIMIT)?;
        fastest = fastest.min(clock::now().saturating_sub(began));
    }
    Ok(fastest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::machine::End;

    #[test]
    fn a_run_costs_something_and_each_trap_more() {
        let Cost { run, trap } = Cost::measure().unwrap();
        assert!(!run.is_zero() && !trap.is_zero(), "{run:?} {trap:?}");
        assert!(trap < Duration::from_millis(1), "{trap:?}");
    }

    #[test]
    fn a_runs_part_is_that_of_its_traps_and_never_wraps() {
        let cost = Cost { run: Duration::from_micros(5), trap: Duration::from_micros(2) };
        let of = |traps| cost.of(&Finished { end: End::Halted, said: String::new(), traps });
        assert_eq!(of(0), Duration::from_micros(5));
        assert_eq!(of(3), Duration::from_micros(11));
        assert!(of(u64::MAX) >= of(u64::from(u32::MAX)));
    }
}

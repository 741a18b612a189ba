//! What it costs to run a blob in a process: signals, which are no part of what the blob does.

use super::mapping::Mapping;
use super::outcome::{Finished, RunError};
use super::run::run;
use std::time::Duration;

/// Instructions that trap, for the time of one.
const TRAPS: usize = 100;

/// Runs of which the fastest counts: what comes between makes one slower, never faster.
const RUNS: usize = 5;

/// CLI, one byte, which traps and does nothing; and RET.
const CLI: u8 = 0xfa;
const RET: u8 = 0xc3;

/// A code page is enough.
const PAGE: usize = purgatory_abi::PAGE as usize;
/// No such run takes long.
const LIMIT: Duration = Duration::from_secs(10);

/// The bench's own part of the time that a blob takes: what an instruction costs that the bench stands in for, but for
/// what it does then, which no blob's time has in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    trap: Duration,
}

impl Cost {
    /// Measures it.
    ///
    /// # Errors
    /// See [`run`].
    pub fn measure() -> Result<Self, RunError> {
        let mut mapping = Mapping::new(PAGE)?;
        let entry = mapping.addresses().start;
        let code = mapping.bytes_mut();
        code[..TRAPS].fill(CLI);
        code[TRAPS] = RET;
        let mut fastest = Duration::MAX;
        for _ in 0..RUNS {
            fastest = fastest.min(run(&mut mapping, entry, LIMIT)?.took);
        }
        Ok(Self { trap: fastest / TRAPS as u32 })
    }

    /// What is left of the time of a run without it.
    #[must_use]
    pub fn off(&self, finished: &Finished) -> Duration {
        let traps = u32::try_from(finished.traps).unwrap_or(u32::MAX);
        finished.took.saturating_sub(self.trap.saturating_mul(traps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::End;

    #[test]
    fn a_trap_costs_something() {
        let Cost { trap } = Cost::measure().unwrap();
        assert!(!trap.is_zero() && trap < Duration::from_millis(1), "{trap:?}");
    }

    #[test]
    fn it_is_taken_off_for_each_trap_and_never_wraps() {
        let cost = Cost { trap: Duration::from_micros(2) };
        let took = Duration::from_micros(100);
        let off = |traps| cost.off(&Finished { traps, took, ..Finished::with(End::Halted, "") });
        assert_eq!(off(0), Duration::from_micros(100));
        assert_eq!(off(3), Duration::from_micros(94));
        assert_eq!(off(u64::MAX), Duration::ZERO);
    }
}

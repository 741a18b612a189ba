//! What it costs to run a blob in a process: signals, which are no part of what the blob does.

use super::mapping::Mapping;
use super::outcome::{Finished, RunError};
use super::run::run;
use std::slice;
use std::time::Duration;

/// The number of trapping instructions in a measurement.
const TRAPS: usize = 100;

/// Runs of which the fastest counts: what comes between makes one slower, never faster.
const RUNS: usize = 5;

/// CLI, one byte, which traps and does nothing; and RET.
const CLI: u8 = 0xfa;
const RET: u8 = 0xc3;

/// The size of the code's memory.
const PAGE: usize = purgatory_abi::PAGE as usize;
/// The time limit of a measurement.
const LIMIT: Duration = Duration::from_secs(10);

/// The runner's part of a blob's time: the cost of entering and leaving a handler at each emulated instruction. The
/// time inside handlers is not part of a blob's time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    trap: Duration,
}

impl Cost {
    /// Measures the cost of a trap.
    ///
    /// # Errors
    ///
    /// The same as for [`run`].
    pub fn measure() -> Result<Self, RunError> {
        let mut mapping = Mapping::new(PAGE)?;
        let entry = mapping.addresses().start;
        let code = mapping.bytes_mut();
        code[..TRAPS].fill(CLI);
        code[TRAPS] = RET;
        let mut fastest = Duration::MAX;
        for _ in 0..RUNS {
            fastest = fastest.min(run(slice::from_mut(&mut mapping), entry, LIMIT)?.took);
        }
        Ok(Self { trap: fastest / TRAPS as u32 })
    }

    /// Returns the time of a run without the cost of its traps.
    #[must_use]
    pub fn subtract_from(&self, finished: &Finished) -> Duration {
        let traps = u32::try_from(finished.traps).unwrap_or(u32::MAX);
        finished.took.saturating_sub(self.trap.saturating_mul(traps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::End;

    #[test]
    fn cost_of_a_trap_is_plausible() {
        let Cost { trap } = Cost::measure().unwrap();
        assert!(!trap.is_zero() && trap < Duration::from_millis(1), "{trap:?}");
    }

    #[test]
    fn subtracts_the_cost_of_each_trap_without_wrapping() {
        let cost = Cost { trap: Duration::from_micros(2) };
        let took = Duration::from_micros(100);
        let off = |traps| {
            cost.subtract_from(&Finished { traps, took, ..Finished::with(End::Halted, "") })
        };
        assert_eq!(off(0), Duration::from_micros(100));
        assert_eq!(off(3), Duration::from_micros(94));
        assert_eq!(off(u64::MAX), Duration::ZERO);
    }
}

//! Samples that were taken while the core's other thread was at work, and whether to take them again.
//!
//! Two threads of a core share its execution units. What the other one does slows down code that keeps them busy, and
//! hardly the code that waits for its own results: ratios of the two would say how busy the machine was. Who the other
//! thread belongs to cannot be seen from a virtual machine; that it is at work shows in how many additions fit in a cycle.

use crate::figures::Sample;
use anyhow::Result;
use std::time::{Duration, Instant};

/// A sample is disturbed where fewer additions fit in a cycle than this share of the most that were seen: alone on its
/// core, a thread reaches it but for interrupts.
const ALONE: f64 = 0.95;

/// How often a sample is taken before a disturbed one is kept.
const TRIES: usize = 5;

/// Takes samples again, as long as there is time for it.
#[derive(Debug, Default)]
pub struct Quiet {
    most: f64,
    first_takes: Duration,
    retakes: Duration,
}

impl Quiet {
    /// A sample by `take`: the first undisturbed one, else the least disturbed. In all, no more time is spent on taking
    /// again than on the first takes.
    ///
    /// # Errors
    /// Those of `take`.
    pub fn take(&mut self, mut take: impl FnMut() -> Result<Sample>) -> Result<Sample> {
        let started = Instant::now();
        let mut best = take()?;
        self.first_takes += started.elapsed();
        self.most = self.most.max(best.additions);
        for _ in 1..TRIES {
            if !self.is_disturbed(&best) || self.retakes >= self.first_takes {
                break;
            }
            let started = Instant::now();
            let sample = take()?;
            self.retakes += started.elapsed();
            self.most = self.most.max(sample.additions);
            if sample.additions > best.additions {
                best = sample;
            }
        }
        Ok(best)
    }

    /// Whether the core's other thread was at work beside a sample.
    #[must_use]
    pub fn is_disturbed(&self, sample: &Sample) -> bool {
        sample.additions < ALONE * self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    fn sample(additions: f64) -> Sample {
        Sample { bytes: 1, seconds: 1.0, hertz: 1e9, additions }
    }

    /// What is kept of these, and how many were taken.
    fn kept(quiet: &mut Quiet, offered: &[f64]) -> (f64, usize) {
        let mut taken = 0;
        let kept = quiet.take(|| {
            taken += 1;
            std::thread::sleep(Duration::from_micros(100));
            Ok(sample(offered[taken - 1]))
        });
        (kept.unwrap().additions, taken)
    }

    #[test]
    fn a_disturbed_sample_is_taken_again_and_an_undisturbed_one_is_not() {
        let mut quiet =
            Quiet { most: 4.0, first_takes: Duration::from_secs(9), ..Quiet::default() };
        assert_eq!(kept(&mut quiet, &[3.9]), (3.9, 1));
        assert_eq!(kept(&mut quiet, &[2.0, 3.0, 3.9]), (3.9, 3));
        assert!(quiet.is_disturbed(&sample(3.0)) && !quiet.is_disturbed(&sample(3.9)));
    }

    #[test]
    fn after_five_tries_the_least_disturbed_is_kept() {
        let mut quiet =
            Quiet { most: 4.0, first_takes: Duration::from_secs(9), ..Quiet::default() };
        assert_eq!(kept(&mut quiet, &[2.0, 3.0, 2.5, 2.0, 2.0]), (3.0, 5));
    }

    #[test]
    fn no_more_time_goes_into_taking_again_than_into_the_first_takes() {
        let mut quiet = Quiet { most: 4.0, retakes: Duration::from_secs(9), ..Quiet::default() };
        assert_eq!(kept(&mut quiet, &[2.0, 4.0]), (2.0, 1));
    }

    #[test]
    fn what_goes_wrong_ends_it() {
        assert!(Quiet::default().take(|| bail!("no sample")).is_err());
    }
}

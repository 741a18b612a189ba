//! Counts of tests, from the summaries that test programs print.

use std::ops::AddAssign;

/// The numbers of tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Passed.
    pub(crate) passed: u64,
    /// Failed or ignored: an ignored test proves nothing.
    pub(crate) failed: u64,
}

impl Tally {
    /// One test that passed.
    pub(crate) const PASSED: Self = Self { passed: 1, failed: 0 };

    /// One test that failed.
    pub(crate) const FAILED: Self = Self { passed: 0, failed: 1 };

    /// Parses the summary of a test program: `test result: ok. 3 passed; 0 failed; 0 ignored; …`. Returns `None` for
    /// other lines.
    pub(crate) fn of_summary(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut tally = Self::default();
        for count in counts.split("; ") {
            let (number, outcome) = count.split_once(' ')?;
            match outcome {
                "passed" => tally.passed = number.parse().ok()?,
                "failed" | "ignored" => tally.failed += number.parse::<u64>().ok()?,
                _ => {}
            }
        }
        Some(tally)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_summaries_and_no_other_lines() {
        let line = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.35s";
        assert_eq!(Tally::of_summary(line), Some(Tally { passed: 12, failed: 0 }));
        assert_eq!(Tally::of_summary("test a_test ... ok"), None);
        assert_eq!(Tally::of_summary("test result: ok. many passed; 0 failed"), None);
    }

    #[test]
    fn counts_ignored_tests_as_failed() {
        let line = "test result: FAILED. 1 passed; 2 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(Tally::of_summary(line), Some(Tally { passed: 1, failed: 5 }));
    }
}

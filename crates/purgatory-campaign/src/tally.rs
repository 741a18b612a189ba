//! The numbers of a campaign, as JSON and as a table.

use crate::fault::Kind;
use crate::outcome::Outcome;
use crate::target::Target;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The class of one fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The index of the fault.
    pub index: u64,
    /// The part that it hit first.
    pub target: Target,
    /// Its shape.
    pub kind: Kind,
    /// Its class.
    pub outcome: Outcome,
}

/// The numbers of one purgatory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The name of the purgatory.
    pub blob: String,
    /// The seed of the faults.
    pub seed: u64,
    /// The index of the first fault.
    pub first: u64,
    /// The number of faults.
    pub faults: u64,
    /// The number of faults in each class.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// The same for each target.
    pub targets: BTreeMap<Target, BTreeMap<Outcome, u64>>,
    /// Faults to look at: wrong starts, wild jumps, hangs, false reports.
    pub notable: Vec<Record>,
}

impl Tally {
    /// Returns the numbers before the first fault.
    #[must_use]
    pub fn new(blob: &str, seed: u64, first: u64) -> Self {
        Self { blob: blob.to_owned(), seed, first, ..Self::default() }
    }

    /// Counts a fault.
    pub fn add(&mut self, record: Record) {
        self.faults += 1;
        *self.outcomes.entry(record.outcome).or_default() += 1;
        *self.targets.entry(record.target).or_default().entry(record.outcome).or_default() += 1;
        if !matches!(
            record.outcome,
            Outcome::Started
                | Outcome::Reported
                | Outcome::ReportedInexactly
                | Outcome::SilentRefusal
        ) {
            self.notable.push(record);
        }
    }

    /// Adds the numbers of other faults with the same purgatory and seed.
    pub fn merge(&mut self, other: &Self) {
        self.faults += other.faults;
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(*outcome).or_default() += count;
        }
        for (target, outcomes) in &other.targets {
            for (outcome, count) in outcomes {
                *self.targets.entry(*target).or_default().entry(*outcome).or_default() += count;
            }
        }
        self.notable.extend(&other.notable);
    }

    /// Returns the number of faults in a class.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// Returns the number of starts of kernels that must not run.
    #[must_use]
    pub fn wrong_starts(&self) -> u64 {
        self.outcomes.iter().filter(|(outcome, _)| outcome.is_wrong_start()).map(|(_, n)| n).sum()
    }
}

impl Tally {
    /// Returns the number of starts although digested bytes were corrupted.
    #[must_use]
    pub fn corrupted_starts(&self) -> u64 {
        self.count(Outcome::StartedCorrupted)
    }
}

/// Returns a Markdown table with a column for each purgatory.
#[must_use]
pub fn table(tallies: &[Tally]) -> String {
    let mut text = String::new();
    let mut row = |head: &str, cell: &dyn Fn(&Tally) -> String| {
        let cells: Vec<_> = tallies.iter().map(cell).collect();
        let _ = writeln!(text, "| {head} | {} |", cells.join(" | "));
    };
    row("", &|tally| tally.blob.clone());
    row("---", &|_| "---".to_owned());
    row("faults", &|tally| tally.faults.to_string());
    for (outcome, name) in Outcome::ALL {
        row(name, &|tally| tally.count(outcome).to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(index: u64, outcome: Outcome) -> Record {
        Record { index, target: Target::Code, kind: Kind::Bit, outcome }
    }

    #[test]
    fn counts_classes_and_lists_notable_faults() {
        let mut tally = Tally::new("native", 1, 0);
        tally.add(record(0, Outcome::Started));
        tally.add(record(1, Outcome::StartedWrong));
        let mut other = Tally::new("native", 1, 2);
        other.add(record(2, Outcome::StartedCorrupted));
        other.add(record(3, Outcome::Reported));
        tally.merge(&other);
        assert_eq!((tally.faults, tally.wrong_starts()), (4, 2));
        assert_eq!(tally.targets[&Target::Code][&Outcome::Started], 1);
        let notable: Vec<_> = tally.notable.iter().map(|record| record.index).collect();
        assert_eq!(notable, [1, 2]);
        assert!(table(&[tally]).contains("| failure reported exactly | 1 |"));
    }
}

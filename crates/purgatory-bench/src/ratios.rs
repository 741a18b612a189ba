//! Ratios of rows of one run, with targets. Ratios are comparable between machines of different speed.

use crate::report::Report;
use std::fmt;

/// The maximum ratio of a byte's costs, over all sizes and numbers of segments.
const MAX_FLATNESS: f64 = 1.1;

/// The cost of one stream on SHA-NI, in cycles a byte. The latency of its instructions is the limit.
const ONE_STREAM: f64 = 2.1;

/// The required value of a ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Target {
    fn is_reached_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(value) => write!(formatter, ">= {value}"),
            Self::AtMost(value) => write!(formatter, "<= {value}"),
        }
    }
}

/// The result of a ratio.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The value reaches the target.
    Reached(f64),
    /// The value misses the target.
    Missed(f64),
    /// The value, if it was measured, and the reason why it is not compared with the target.
    NotJudged(Option<f64>, String),
}

/// A ratio with its target.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratio {
    /// Its rows, and the figure if it is not the speed.
    pub name: String,
    /// The required value.
    pub target: Target,
    /// The result of this run.
    pub outcome: Outcome,
}

/// The processor extension that a target supposes: its name, and the row that is missing without it.
type Needs = Option<(&'static str, &'static str)>;

const SHA_NI: Needs = Some(("SHA-NI", "implementation-sha-ni"));
const AVX512: Needs = Some(("AVX-512", "implementation-avx512"));

/// Returns all ratios of a run. The speeds are those of memory-resident rows.
#[must_use]
pub fn ratios(report: &Report) -> Vec<Ratio> {
    let speed = |name: &str| report.row(name).map(|figures| figures.gb_per_s);
    let at_least = |least, ours: &str, theirs: &str, needs| {
        let value = speed(ours).zip(speed(theirs)).map(|(ours, theirs)| ours / theirs);
        let (name, target) = (format!("{ours} / {theirs}"), Target::AtLeast(least));
        Ratio { name, target, outcome: outcome(report, value, target, &[ours, theirs], needs) }
    };
    let at_most = |most, row: &str, name, value, needs| {
        let target = Target::AtMost(most);
        Ratio { name, target, outcome: outcome(report, value, target, &[row], needs) }
    };
    // The faster of the two makes a ratio harder to reach.
    let [old, new] = ["stock-linux-6.1", "stock-linux-6.12"];
    let stock_linux = if speed(old) > speed(new) { old } else { new };
    let row = "ours-kexec-tools";
    let kexec_tools = at_least(3.4, row, "stock-kexec-tools", SHA_NI);
    // One of the two targets is enough: the ratio to the stock purgatory, or the cost of a byte.
    let is_reached = matches!(kexec_tools.outcome, Outcome::Reached(_));
    let alternative = (!is_reached).then(|| {
        let cycles = report.row(row).map(|figures| figures.cycles_per_byte);
        at_most(ONE_STREAM, row, format!("or {row}, cycles a byte"), cycles, SHA_NI)
    });
    let mut all = vec![at_least(3.8, "ours-linux", stock_linux, SHA_NI), kexec_tools];
    all.extend(alternative);
    all.extend([
        at_least(14.0, "ours-native", stock_linux, AVX512),
        at_least(1.15, "ours-native", "ipsec-mb-avx512", AVX512),
        at_least(1.05, "implementation-avx2", "ipsec-mb-avx2", None),
        at_least(1.1, "implementation-sha-ni-x3", "ipsec-mb-sha-ni", SHA_NI),
        at_least(25.0, "crash-image-native", "crash-image-stock", AVX512),
        at_least(0.8, "zero-scan", "memory-read", None),
    ]);
    all.extend(["ours-linux", "ours-kexec-tools", "ours-native"].map(|row| {
        let name = format!("{row}, highest / lowest cost a byte");
        at_most(MAX_FLATNESS, row, name, flatness(report, row), None)
    }));
    all
}

/// Returns the highest cost of a byte divided by the lowest one, over all sizes. Both are best costs: on a busy
/// machine, no run over a gigabyte is undisturbed, but a run over a megabyte is.
fn flatness(report: &Report, row: &str) -> Option<f64> {
    let sizes = report.sizes.iter().filter(|size| size.name == row);
    let costs = sizes.map(|size| size.figures.cycles_per_byte_at_best);
    Some(costs.clone().reduce(f64::max)? / costs.reduce(f64::min)?)
}

fn outcome(
    report: &Report,
    value: Option<f64>,
    target: Target,
    rows: &[&str],
    needs: Needs,
) -> Outcome {
    if let Some((extension, row)) = needs
        && report.why_missing(row).is_some()
    {
        return Outcome::NotJudged(value, format!("not judged: this CPU lacks {extension}"));
    }
    match value {
        Some(value) if target.is_reached_by(value) => Outcome::Reached(value),
        Some(value) => Outcome::Missed(value),
        None => {
            let missing = rows.iter().find_map(|row| Some((row, report.why_missing(row)?)));
            let why = missing.map(|(row, why)| format!("{row} is missing: {why}"));
            Outcome::NotJudged(None, why.unwrap_or_else(|| "not measured".into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Missing, Row, Size};

    fn report(rows: &[(&str, f64)], missing: &[&str]) -> Report {
        let why = |name: &&str| Missing { name: (*name).into(), why: "old".into() };
        Report {
            rows: rows.iter().map(|(name, speed)| Row::at(name, *speed)).collect(),
            missing: missing.iter().map(why).collect(),
            ..Report::default()
        }
    }

    fn outcome_of(report: &Report, name: &str) -> Outcome {
        let all = ratios(report);
        all.into_iter().find(|ratio| ratio.name == name).expect(name).outcome
    }

    #[test]
    fn compares_a_ratio_with_its_target() {
        let fast = report(&[("implementation-avx2", 2.1), ("ipsec-mb-avx2", 2.0)], &[]);
        let slow = report(&[("implementation-avx2", 2.0), ("ipsec-mb-avx2", 2.0)], &[]);
        let what = "implementation-avx2 / ipsec-mb-avx2";
        assert_eq!(outcome_of(&fast, what), Outcome::Reached(1.05));
        assert_eq!(outcome_of(&slow, what), Outcome::Missed(1.0));
    }

    #[test]
    fn uses_the_faster_stock_kernel() {
        let rows = [("stock-linux-6.1", 0.5), ("stock-linux-6.12", 0.4), ("ours-linux", 1.75)];
        let outcome = outcome_of(&report(&rows, &[]), "ours-linux / stock-linux-6.1");
        assert_eq!(outcome, Outcome::Missed(3.5));
    }

    #[test]
    fn a_low_cost_is_the_alternative_target() {
        let what = "or ours-kexec-tools, cycles a byte";
        let outcome = |cycles_per_byte| {
            let mut report = report(&[("ours-kexec-tools", 1.0)], &[]);
            report.rows[0].figures.cycles_per_byte = cycles_per_byte;
            outcome_of(&report, what)
        };
        assert_eq!(outcome(2.0), Outcome::Reached(2.0));
        assert_eq!(outcome(4.0), Outcome::Missed(4.0));
        let fast = report(&[("ours-kexec-tools", 1.0), ("stock-kexec-tools", 0.25)], &[]);
        assert!(ratios(&fast).iter().all(|ratio| ratio.name != what), "one target is enough");
    }

    #[test]
    fn does_not_judge_without_the_processor_extension() {
        let rows = [("crash-image-stock", 1.0), ("crash-image-native", 20.0)];
        let what = "crash-image-native / crash-image-stock";
        assert_eq!(outcome_of(&report(&rows, &[]), what), Outcome::Missed(20.0));
        let why = "not judged: this CPU lacks AVX-512".to_owned();
        let expected = Outcome::NotJudged(Some(20.0), why);
        assert_eq!(outcome_of(&report(&rows, &["implementation-avx512"]), what), expected);
    }

    #[test]
    fn gives_the_reason_of_a_missing_row() {
        let report = report(&[("memory-read", 9.0)], &["zero-scan"]);
        let expected = Outcome::NotJudged(None, "zero-scan is missing: old".into());
        assert_eq!(outcome_of(&report, "zero-scan / memory-read"), expected);
    }

    #[test]
    fn compares_the_highest_cost_with_the_lowest() {
        let size = |name: &str, cost| Size::at(name, 1, 1, cost);
        let mut report = report(&[], &[]);
        report.sizes = vec![size("ours-linux", 2.0), size("ours-linux", 2.2), size("x", 9.0)];
        let what = "ours-linux, highest / lowest cost a byte";
        assert_eq!(outcome_of(&report, what), Outcome::Reached(2.2 / 2.0));
        report.sizes.push(size("ours-linux", 4.0));
        assert_eq!(outcome_of(&report, what), Outcome::Missed(2.0));
    }
}

//! Calculates a row's figures from its samples.

use crate::piece::Piece;
use serde::Serialize;

/// One sample: the sum of the counted pieces of one round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The number of verified bytes.
    pub bytes: u64,
    /// The time, in seconds.
    pub seconds: f64,
    /// The time, in core clock cycles.
    pub cycles: f64,
    /// Whether the core's other thread was busy at the same time.
    pub disturbed: bool,
}

impl Sample {
    /// Adds up pieces.
    #[must_use]
    pub fn of(pieces: &[Piece], disturbed: bool) -> Self {
        Self {
            disturbed,
            bytes: pieces.iter().map(|piece| piece.bytes).sum(),
            seconds: pieces.iter().map(|piece| piece.seconds).sum(),
            cycles: pieces.iter().map(|piece| piece.seconds * piece.hertz).sum(),
        }
    }

    /// Returns the speed in bytes a second.
    fn speed(&self) -> f64 {
        self.bytes as f64 / self.seconds
    }

    fn cycles_per_byte(&self) -> f64 {
        self.cycles / self.bytes as f64
    }
}

/// The minimum number of undisturbed samples for a figure that leaves out disturbed ones.
const MIN_UNDISTURBED: usize = 3;

/// The share of all pieces that are cheaper than the best cost. At least one piece is cheaper, so one wrong measurement
/// does not determine the best cost.
const CHEAPER: f64 = 0.05;

/// The figures of a row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The median of the speeds, in 1e9 bytes a second.
    pub gb_per_s: f64,
    /// The lowest speed, in 1e9 bytes a second.
    pub min: f64,
    /// The highest speed, in 1e9 bytes a second.
    pub max: f64,
    /// The median of the core clock cycles a byte.
    pub cycles_per_byte: f64,
    /// The best cost, in core clock cycles a byte: a twentieth of all pieces are cheaper, and at least one.
    pub cycles_per_byte_at_best: f64,
    /// The number of samples during which the core's other thread was busy.
    pub disturbed: usize,
}

impl Figures {
    /// Returns the figures of a row, or `None` if there is no sample. They are calculated from the undisturbed samples
    /// if these are at least three, and from all samples otherwise. `pieces` are the pieces of all samples.
    #[must_use]
    pub fn of(samples: &[Sample], pieces: &[Piece]) -> Option<Self> {
        let undisturbed: Vec<Sample> =
            samples.iter().copied().filter(|sample| !sample.disturbed).collect();
        let disturbed = samples.len() - undisturbed.len();
        let counted = if undisturbed.len() < MIN_UNDISTURBED { samples } else { &undisturbed[..] };
        let speeds: Vec<f64> = counted.iter().map(|sample| sample.speed() / 1e9).collect();
        let cycles: Vec<f64> = counted.iter().map(Sample::cycles_per_byte).collect();
        let costs = pieces.iter().map(|piece| piece.seconds * piece.hertz / piece.bytes as f64);
        Some(Self {
            gb_per_s: median(&speeds)?,
            min: speeds.iter().copied().fold(f64::INFINITY, f64::min),
            max: speeds.iter().copied().fold(0.0, f64::max),
            cycles_per_byte: median(&cycles)?,
            cycles_per_byte_at_best: best(costs.collect())?,
            disturbed,
        })
    }
}

#[cfg(test)]
impl Figures {
    /// Returns the figures of a row whose samples and pieces are all equal.
    pub(crate) fn at(gb_per_s: f64, cycles_per_byte: f64) -> Self {
        Self {
            gb_per_s,
            min: gb_per_s,
            max: gb_per_s,
            cycles_per_byte,
            cycles_per_byte_at_best: cycles_per_byte,
            disturbed: 0,
        }
    }
}

/// Returns the lowest cost for which [`CHEAPER`] of all costs, and at least one, are lower. A single cost is returned
/// as it is.
fn best(mut costs: Vec<f64>) -> Option<f64> {
    costs.sort_by(f64::total_cmp);
    let cheaper = ((costs.len() as f64 * CHEAPER) as usize).max(1);
    costs.get(cheaper).or(costs.last()).copied()
}

/// Returns the median: the middle value, or the mean of the two middle values.
fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) =
        (sorted.get(sorted.len().checked_sub(1)? / 2)?, sorted.get(sorted.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_odd_and_even_counts() {
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), Some(3.0));
    }

    #[test]
    fn no_samples_give_no_median_and_no_figures() {
        assert_eq!(median(&[]), None);
        assert_eq!(Figures::of(&[], &[]), None);
    }

    #[test]
    fn sample_is_the_sum_of_its_pieces() {
        let piece = |hertz| Piece { bytes: 5, seconds: 0.5, hertz, additions: [4.0; 2] };
        let expected = Sample { bytes: 10, seconds: 1.0, cycles: 2.5e9, disturbed: true };
        assert_eq!(Sample::of(&[piece(2e9), piece(3e9)], true), expected);
    }

    fn sample(seconds: f64, disturbed: bool) -> Sample {
        Sample { bytes: 2_000_000_000, seconds, cycles: 3e9 * seconds, disturbed }
    }

    #[test]
    fn one_slow_sample_changes_only_the_minimum() {
        let samples = [1.0, 1.0, 4.0].map(|seconds| sample(seconds, false));
        let piece = Piece { bytes: 1, seconds: 1e-9, hertz: 1e9, additions: [4.0; 2] };
        let figures = Figures::of(&samples, &[piece]).unwrap();
        let expected = Figures { min: 0.5, cycles_per_byte_at_best: 1.0, ..Figures::at(2.0, 1.5) };
        assert_eq!(figures, expected);
    }

    #[test]
    fn disturbed_samples_count_if_there_are_too_few_others() {
        let of = |undisturbed: usize| {
            let mut samples = vec![sample(4.0, true); 5];
            samples.extend(vec![sample(1.0, false); undisturbed]);
            let piece = Piece { bytes: 1, seconds: 1.0, hertz: 1.0, additions: [4.0; 2] };
            let Figures { gb_per_s, disturbed, .. } = Figures::of(&samples, &[piece]).unwrap();
            (gb_per_s, disturbed)
        };
        assert_eq!(of(0), (0.5, 5));
        assert_eq!(of(2), (0.5, 5));
        assert_eq!(of(3), (2.0, 5));
    }

    #[test]
    fn best_cost_ignores_the_cheapest_twentieth() {
        let costs = |count: u32| (1..=count).rev().map(f64::from).collect::<Vec<_>>();
        assert_eq!(best(costs(1)), Some(1.0));
        assert_eq!(best(costs(11)), Some(2.0));
        assert_eq!(best(costs(40)), Some(3.0));
        assert_eq!(best(costs(220)), Some(12.0));
        assert_eq!(best(Vec::new()), None);
    }
}

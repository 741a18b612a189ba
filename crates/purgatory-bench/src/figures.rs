//! What comes of samples.

use crate::quiet::Piece;

/// One sample: some passes over an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Bytes that were gone over.
    pub bytes: u64,
    /// How long that took.
    pub seconds: f64,
    /// How many cycles of the core that were.
    pub cycles: f64,
}

impl Sample {
    /// All of these together.
    #[must_use]
    pub fn of(pieces: &[Piece]) -> Self {
        Self {
            bytes: pieces.iter().map(|piece| piece.bytes).sum(),
            seconds: pieces.iter().map(|piece| piece.seconds).sum(),
            cycles: pieces.iter().map(|piece| piece.seconds * piece.hertz).sum(),
        }
    }
}

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// The median of the speeds, in 1e9 bytes a second.
    pub gb_per_s: f64,
    /// The lowest speed, in 1e9 bytes a second.
    pub min: f64,
    /// The highest speed, in 1e9 bytes a second.
    pub max: f64,
    /// The median of the core clock cycles a byte.
    pub cycles_per_byte: f64,
    /// Samples beside which the core's other thread was at work.
    pub disturbed: usize,
}

impl Figures {
    /// The figures of all samples of a row, of which so many were disturbed; nothing without a sample.
    #[must_use]
    pub fn of(samples: &[Sample], disturbed: usize) -> Option<Self> {
        let speed = |sample: &Sample| sample.bytes as f64 / sample.seconds / 1e9;
        let cycles = |sample: &Sample| sample.cycles / sample.bytes as f64;
        let speeds: Vec<f64> = samples.iter().map(speed).collect();
        Some(Self {
            gb_per_s: median(&speeds)?,
            min: speeds.iter().copied().fold(f64::INFINITY, f64::min),
            max: speeds.iter().copied().fold(0.0, f64::max),
            cycles_per_byte: median(&samples.iter().map(cycles).collect::<Vec<_>>())?,
            disturbed,
        })
    }
}

/// The value in the middle, or halfway between the two there.
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
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), Some(3.0));
    }

    #[test]
    fn nothing_has_no_median_and_no_figures() {
        assert_eq!(median(&[]), None);
        assert_eq!(Figures::of(&[], 0), None);
    }

    #[test]
    fn pieces_add_up() {
        let piece = |hertz| Piece { bytes: 5, seconds: 0.5, hertz, additions: [4.0; 2] };
        let expected = Sample { bytes: 10, seconds: 1.0, cycles: 2.5e9 };
        assert_eq!(Sample::of(&[piece(2e9), piece(3e9)]), expected);
    }

    #[test]
    fn one_slow_sample_moves_the_minimum_alone() {
        let sample = |seconds| Sample { bytes: 2_000_000_000, seconds, cycles: 3e9 * seconds };
        let figures = Figures::of(&[sample(1.0), sample(1.0), sample(4.0)], 1).unwrap();
        let expected =
            Figures { gb_per_s: 2.0, min: 0.5, max: 2.0, cycles_per_byte: 1.5, disturbed: 1 };
        assert_eq!(figures, expected);
    }
}

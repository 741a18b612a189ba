//! Tells pieces that ran while the core's other thread was busy from undisturbed ones.
//!
//! Two threads of a core share its execution units. A busy other thread slows down code that uses many units, but
//! hardly code that waits for its own results. Ratios of the two would depend on the load of the machine. A virtual
//! machine cannot see the other thread's work, but the number of additions that fit in a cycle shows it.

use crate::figures::Sample;
use crate::piece::Piece;

/// The maximum relative difference to [`MaxAdditions`] of an undisturbed measurement.
const TOLERANCE: f64 = 0.05;

/// The share of all measurements that are assumed to be too high, because an interrupt disturbed them.
const OUTLIERS: f64 = 0.02;

/// The minimum time of a sample's undisturbed pieces, in seconds, for which the disturbed pieces are left out.
const MIN_UNDISTURBED: f64 = 2e-3;

/// The maximum number of additions that fit in a cycle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxAdditions(f64);

impl MaxAdditions {
    /// Returns the maximum of these pieces, without outliers.
    #[must_use]
    pub fn of<'p>(pieces: impl IntoIterator<Item = &'p Piece>) -> Self {
        let mut seen: Vec<f64> = pieces.into_iter().flat_map(|piece| piece.additions).collect();
        seen.sort_by(f64::total_cmp);
        let outliers = (seen.len() as f64 * OUTLIERS) as usize;
        Self(seen.iter().rev().nth(outliers).copied().unwrap_or(1.0))
    }

    /// Reports whether the core's other thread was idle during a piece.
    fn is_undisturbed(self, piece: &Piece) -> bool {
        piece.additions.iter().all(|additions| (additions / self.0 - 1.0).abs() <= TOLERANCE)
    }

    /// Makes a sample of its pieces: of the undisturbed ones if they are long enough, and of all pieces otherwise.
    #[must_use]
    pub fn sample(self, pieces: &[Piece]) -> Sample {
        let undisturbed = pieces.iter().copied().filter(|piece| self.is_undisturbed(piece));
        let undisturbed: Vec<Piece> = undisturbed.collect();
        let seconds: f64 = undisturbed.iter().map(|piece| piece.seconds).sum();
        if seconds >= MIN_UNDISTURBED || undisturbed.len() == pieces.len() {
            Sample::of(&undisturbed, false)
        } else {
            Sample::of(pieces, true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(additions: [f64; 2], seconds: f64) -> Piece {
        Piece { bytes: 1000, seconds, hertz: 1e9, additions }
    }

    #[test]
    fn maximum_ignores_outliers() {
        let mut pieces = vec![piece([2.5, 3.0], 1.0); 80];
        pieces.extend([piece([5.6, 5.5], 1.0); 20]);
        assert_eq!(MaxAdditions::of(&pieces), MaxAdditions(5.6));
        pieces[0].additions = [f64::INFINITY, 14.67];
        assert_eq!(MaxAdditions::of(&pieces), MaxAdditions(5.6));
        assert_eq!(MaxAdditions::of(&[]), MaxAdditions(1.0));
    }

    #[test]
    fn leaves_out_pieces_that_were_disturbed_at_either_end() {
        let pieces = [
            piece([4.0, 4.0], 0.001),
            piece([4.0, 2.0], 0.005),
            piece([2.0, 4.0], 0.005),
            piece([9.0, 4.0], 0.005),
            piece([3.9, 4.1], 0.001),
        ];
        let sample = MaxAdditions(4.0).sample(&pieces);
        assert_eq!((sample.bytes, sample.seconds, sample.disturbed), (2000, 0.002, false));
    }

    #[test]
    fn uses_all_pieces_if_too_few_are_undisturbed() {
        let pieces = [piece([4.0, 4.0], 0.001), piece([2.0, 2.0], 0.002)];
        let sample = MaxAdditions(4.0).sample(&pieces);
        assert_eq!((sample.bytes, sample.disturbed), (2000, true));
        let sample = MaxAdditions(4.0).sample(&pieces[..1]);
        assert_eq!((sample.bytes, sample.disturbed), (1000, false));
    }
}

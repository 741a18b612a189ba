//! What ran while the core's other thread was at work, and what ran alone.
//!
//! Two threads of a core share its execution units. What the other one does slows down code that keeps them busy, and
//! hardly the code that waits for its own results: ratios of the two would say how busy the machine was. Who the other
//! thread belongs to cannot be seen from a virtual machine; that it is at work shows in how many additions fit in a cycle.

use crate::figures::Sample;
use crate::piece::Piece;

/// How far from the most additions that fit in a cycle it may be measured where a thread is alone.
const TOLERANCE: f64 = 0.05;

/// The share of all pieces that are taken to have more additions in a cycle than there can be: an interrupt has spoilt the
/// measurement.
const SPOILT: f64 = 0.02;

/// A sample rests on the pieces that ran alone if they took as long in all, in seconds.
const ENOUGH: f64 = 2e-3;

/// The most additions that fit in a cycle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Most(f64);

impl Most {
    /// What these pieces say.
    #[must_use]
    pub fn of<'p>(pieces: impl IntoIterator<Item = &'p Piece>) -> Self {
        let mut seen: Vec<f64> = pieces.into_iter().flat_map(|piece| piece.additions).collect();
        seen.sort_by(f64::total_cmp);
        let spoilt = (seen.len() as f64 * SPOILT) as usize;
        Self(seen.iter().rev().nth(spoilt).copied().unwrap_or(1.0))
    }

    /// Whether a piece ran alone on its core.
    fn alone(self, piece: &Piece) -> bool {
        piece.additions.iter().all(|additions| (additions / self.0 - 1.0).abs() <= TOLERANCE)
    }

    /// What comes of the pieces of a sample.
    #[must_use]
    pub fn sample(self, pieces: &[Piece]) -> Sample {
        let alone = pieces.iter().copied().filter(|piece| self.alone(piece));
        let alone: Vec<Piece> = alone.collect();
        let enough = alone.iter().map(|piece| piece.seconds).sum::<f64>() >= ENOUGH;
        if enough || alone.len() == pieces.len() {
            Sample::of(&alone, false)
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
    fn the_most_is_not_what_a_spoilt_measurement_says() {
        let mut pieces = vec![piece([2.5, 3.0], 1.0); 80];
        pieces.extend([piece([5.6, 5.5], 1.0); 20]);
        assert_eq!(Most::of(&pieces), Most(5.6));
        pieces[0].additions = [f64::INFINITY, 14.67];
        assert_eq!(Most::of(&pieces), Most(5.6));
        assert_eq!(Most::of(&[]), Most(1.0));
    }

    #[test]
    fn what_was_beside_a_busy_thread_at_either_end_does_not_count() {
        let pieces = [
            piece([4.0, 4.0], 0.001),
            piece([4.0, 2.0], 0.005),
            piece([2.0, 4.0], 0.005),
            piece([9.0, 4.0], 0.005),
            piece([3.9, 4.1], 0.001),
        ];
        let sample = Most(4.0).sample(&pieces);
        assert_eq!((sample.bytes, sample.seconds, sample.disturbed), (2000, 0.002, false));
    }

    #[test]
    fn where_too_few_ran_alone_all_count() {
        let pieces = [piece([4.0, 4.0], 0.001), piece([2.0, 2.0], 0.002)];
        let sample = Most(4.0).sample(&pieces);
        assert_eq!((sample.bytes, sample.disturbed), (2000, true));
        let sample = Most(4.0).sample(&pieces[..1]);
        assert_eq!((sample.bytes, sample.disturbed), (1000, false));
    }
}

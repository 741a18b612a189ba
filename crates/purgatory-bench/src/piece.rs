//! A piece of a sample, and the state of the core before and after it.

use crate::clock;

/// The state of the core at a point in time.
#[derive(Clone, Copy, Debug)]
pub struct CoreState {
    hertz: f64,
    additions: f64,
}

impl CoreState {
    /// Measures the current state.
    #[must_use]
    pub fn measure() -> Self {
        let hertz = clock::hertz();
        Self { hertz, additions: clock::additions_a_cycle(hertz) }
    }
}

/// A piece of a sample. The state of the core is measured before and after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// The number of verified bytes.
    pub bytes: u64,
    /// The time, in seconds.
    pub seconds: f64,
    /// The clock frequency of the core, in cycles a second.
    pub hertz: f64,
    /// The number of additions that fit in a cycle, before and after the piece.
    pub additions: [f64; 2],
}

impl Piece {
    /// Creates a piece from the states before and after it.
    #[must_use]
    pub fn between(before: CoreState, after: CoreState, bytes: u64, seconds: f64) -> Self {
        let hertz = f64::midpoint(before.hertz, after.hertz);
        Self { bytes, seconds, hertz, additions: [before.additions, after.additions] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequency_is_the_mean_of_both_states() {
        let state = |hertz| CoreState { hertz, additions: 4.0 };
        let piece = Piece::between(state(2e9), state(3e9), 1, 1.0);
        assert_eq!((piece.hertz, piece.additions), (2.5e9, [4.0, 4.0]));
    }
}

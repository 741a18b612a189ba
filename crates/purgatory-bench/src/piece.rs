//! A piece of a sample, and the state of the core before and after it.

use crate::clock;

/// The state of the core at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    hertz: f64,
    additions: f64,
}

impl Probe {
    /// Now.
    #[must_use]
    pub fn take() -> Self {
        let hertz = clock::hertz();
        Self { hertz, additions: clock::additions_a_cycle(hertz) }
    }
}

/// A piece of a sample, between two looks at the core.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Bytes that were gone over.
    pub bytes: u64,
    /// How long that took.
    pub seconds: f64,
    /// How fast the core ran, in cycles a second.
    pub hertz: f64,
    /// How many additions fitted in a cycle, before it and after it.
    pub additions: [f64; 2],
}

impl Piece {
    /// A piece between these two looks.
    #[must_use]
    pub fn between(before: Probe, after: Probe, bytes: u64, seconds: f64) -> Self {
        let hertz = f64::midpoint(before.hertz, after.hertz);
        Self { bytes, seconds, hertz, additions: [before.additions, after.additions] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_runs_at_the_speed_between_the_two_looks() {
        let look = |hertz| Probe { hertz, additions: 4.0 };
        let piece = Piece::between(look(2e9), look(3e9), 1, 1.0);
        assert_eq!((piece.hertz, piece.additions), (2.5e9, [4.0, 4.0]));
    }
}

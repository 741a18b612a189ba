//! The results of a verification.

/// What a verification found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every byte is what it was.
    Unchanged,
    /// A byte has changed.
    Changed,
}

impl Verdict {
    /// Returns [`Verdict::Unchanged`] if the two digests are equal.
    #[must_use]
    pub fn of<T: PartialEq + ?Sized>(expected: &T, actual: &T) -> Self {
        if expected == actual { Self::Unchanged } else { Self::Changed }
    }
}

//! The result of a verification.

/// The result of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every byte is intact.
    Intact,
    /// At least one byte is corrupted.
    Corrupted,
}

impl Verdict {
    /// Returns [`Verdict::Intact`] if the two digests are equal.
    #[must_use]
    pub fn of<T: PartialEq + ?Sized>(expected: &T, actual: &T) -> Self {
        if expected == actual { Self::Intact } else { Self::Corrupted }
    }
}

//! A short list of what was odd.

use purgatory_abi::report::WarningLine;
use purgatory_abi::status::Warning;

/// How many are kept. More than these tell nobody anything new.
const KEPT: usize = 6;

/// What was odd, oldest first.
#[derive(Clone, Copy, Default)]
pub struct Warnings<'m> {
    kept: [Option<WarningLine<'m>>; KEPT],
}

impl<'m> Warnings<'m> {
    /// Adds one that is about an address.
    pub fn at(&mut self, warning: Warning, address: u64) {
        self.add(WarningLine { warning, address, text: &[] });
    }

    /// Adds one that is about a piece of text.
    pub fn about(&mut self, warning: Warning, text: &'m [u8]) {
        self.add(WarningLine { warning, address: text.as_ptr() as u64, text });
    }

    /// Adds one, if there is room.
    fn add(&mut self, noted: WarningLine<'m>) {
        if let Some(free) = self.kept.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(noted);
        }
    }

    /// All that were kept.
    pub fn iter(&self) -> impl Iterator<Item = &WarningLine<'m>> {
        self.kept.iter().flatten()
    }

    /// Whether nothing was odd.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept[0].is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ones_are_kept_and_the_rest_is_dropped() {
        let mut warnings = Warnings::default();
        assert!(warnings.is_empty());
        for address in 0..KEPT as u64 + 2 {
            warnings.at(Warning::CommandLineUnmapped, address);
        }
        let kept: Vec<_> = (0..KEPT as u64).collect();
        assert_eq!(warnings.iter().map(|noted| noted.address).collect::<Vec<_>>(), kept);
        assert!(!warnings.is_empty());
    }
}

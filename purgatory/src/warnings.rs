//! A short list of warnings.

#[cfg(feature = "kexec-tools")]
use purgatory_abi::Region;
use purgatory_abi::report::WarningLine;
use purgatory_abi::status::Warning;

/// The number of warnings that are kept: more would not help the reader.
const KEPT: usize = 6;

/// Warnings, oldest first.
#[derive(Clone, Copy, Default)]
pub struct Warnings<'m> {
    kept: [Option<WarningLine<'m>>; KEPT],
}

impl<'m> Warnings<'m> {
    /// Adds a warning about an address.
    pub fn at(&mut self, warning: Warning, address: u64) {
        self.add(WarningLine { warning, address, text: &[] });
    }

    /// Adds a warning about a text in memory.
    pub fn about(&mut self, warning: Warning, text: &'m [u8]) {
        self.add(WarningLine { warning, address: text.as_ptr() as u64, text });
    }

    /// Adds a warning, or drops it if the list is full.
    fn add(&mut self, line: WarningLine<'m>) {
        if let Some(free) = self.kept.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(line);
        }
    }

    /// Returns the kept warnings.
    pub fn iter(&self) -> impl Iterator<Item = &WarningLine<'m>> {
        self.kept.iter().flatten()
    }

    /// Whether a warning has text in this memory. The region must not wrap.
    #[cfg(feature = "kexec-tools")]
    pub(crate) fn quote(&self, memory: Region) -> bool {
        self.iter().any(|line| {
            let text = Region { start: line.text.as_ptr() as u64, len: line.text.len() as u64 };
            memory.overlaps(text)
        })
    }

    /// Whether there is no warning.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept[0].is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_first_warnings_and_drops_the_rest() {
        let mut warnings = Warnings::default();
        assert!(warnings.is_empty());
        for address in 0..KEPT as u64 + 2 {
            warnings.at(Warning::CommandLineUnmapped, address);
        }
        let kept: Vec<_> = (0..KEPT as u64).collect();
        assert_eq!(warnings.iter().map(|line| line.address).collect::<Vec<_>>(), kept);
        assert!(!warnings.is_empty());
    }

    #[test]
    #[cfg(feature = "kexec-tools")]
    fn quote_only_the_memory_of_their_texts() {
        let line = b"a purgatory.x=1 b";
        let start = line.as_ptr() as u64;
        let mut warnings = Warnings::default();
        warnings.at(Warning::CommandLineUnmapped, start);
        warnings.about(Warning::ParameterUnknown, &line[2..15]);
        let quote = |first, len| warnings.quote(Region { start: start + first, len });
        assert!(quote(2, 1) && quote(14, 1) && quote(0, 17) && quote(0, 3));
        assert!(!quote(0, 2) && !quote(15, 2) && !quote(3, 0));
    }
}

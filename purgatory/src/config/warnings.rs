//! A short list of what was odd.

use purgatory_abi::status::Warning;

/// How many are kept. More than these tell nobody anything new.
const KEPT: usize = 6;

/// One thing that was odd.
#[derive(Clone, Copy)]
pub struct Noted<'m> {
    /// What it is.
    pub warning: Warning,
    /// The physical address it was found at, where there is one.
    pub address: Option<u64>,
    /// The text that has no meaning, where it is about text.
    pub text: &'m [u8],
}

/// What was odd, oldest first.
#[derive(Clone, Copy, Default)]
pub struct Warnings<'m> {
    kept: [Option<Noted<'m>>; KEPT],
}

impl<'m> Warnings<'m> {
    /// Adds one, if there is room.
    pub fn add(&mut self, warning: Warning, address: Option<u64>, text: &'m [u8]) {
        if let Some(free) = self.kept.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(Noted { warning, address, text });
        }
    }

    /// All that were kept.
    pub fn iter(&self) -> impl Iterator<Item = &Noted<'m>> {
        self.kept.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ones_are_kept_and_the_rest_is_dropped() {
        let mut warnings = Warnings::default();
        for n in 0..KEPT as u64 + 2 {
            warnings.add(Warning::WordUnknown, Some(n), b"word");
        }
        assert_eq!(warnings.iter().map(|noted| noted.address).collect::<Vec<_>>(), (0..KEPT as u64).map(Some).collect::<Vec<_>>());
    }
}

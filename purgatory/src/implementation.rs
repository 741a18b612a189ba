//! Which SHA-256 code does the work: the fastest that this machine has and that gives the known answers.

use crate::way::Way;

/// The code chosen, and whether a faster one had to be passed over.
#[derive(Clone, Copy, Debug)]
pub struct Choice<C> {
    /// The code; `None` if not even the last one gives the known answers.
    pub code: Option<C>,
    /// The name of the first that gave a wrong answer.
    pub broken: Option<&'static str>,
}

/// Takes the first of `candidates`, fastest first, that answers rightly by `known_answer`.
pub fn choose<C: Way>(
    candidates: impl IntoIterator<Item = C::Code>,
    known_answer: impl Fn(C::Code) -> bool,
) -> Choice<C::Code> {
    let mut broken = None;
    for code in candidates {
        if known_answer(code) {
            return Choice { code: Some(code), broken };
        }
        broken = broken.or(Some(C::name(code)));
    }
    Choice { code: None, broken }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Chunks, OneDigest};
    use purgatory_sha256::{Implementation, Instructions, StreamImplementation};

    #[test]
    fn a_sound_implementation_is_taken_and_a_broken_one_is_named() {
        let scalar = StreamImplementation::scalar();
        let sound = choose::<OneDigest<'_>>([scalar], StreamImplementation::known_answer);
        assert_eq!((sound.code, sound.broken), (Some(scalar), None));

        let broken = choose::<OneDigest<'_>>([scalar], |_| false);
        assert_eq!((broken.code, broken.broken), (None, Some("scalar")));

        let asked = core::cell::Cell::new(0);
        let second =
            choose::<OneDigest<'_>>([scalar, scalar], |_| asked.replace(asked.get() + 1) == 1);
        assert_eq!((second.code, second.broken), (Some(scalar), Some("scalar")));
    }

    #[test]
    fn the_first_sound_implementation_is_taken_and_the_first_broken_one_named() {
        let ranked: Vec<_> = Implementation::ranked(Instructions::default()).collect();
        assert_eq!(
            ranked.iter().map(|implementation| implementation.name()).collect::<Vec<_>>(),
            ["sse2", "scalar"]
        );
        let take = |sound: fn(Implementation) -> bool| {
            let choice = choose::<Chunks<'_>>(ranked.iter().copied(), sound);
            (choice.code.map(Implementation::name), choice.broken)
        };
        assert_eq!(take(Implementation::known_answer), (Some("sse2"), None));
        assert_eq!(
            take(|implementation| implementation.name() == "scalar"),
            (Some("scalar"), Some("sse2"))
        );
        assert_eq!(take(|_| false), (None, Some("sse2")));
    }
}

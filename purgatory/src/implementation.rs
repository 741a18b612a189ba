//! The choice of the SHA-256 implementation: the fastest of this machine that passes its known-answer test.

use crate::digest_scheme::DigestScheme;

/// The chosen implementation, and whether a faster one failed its test.
#[derive(Clone, Copy, Debug)]
pub struct Choice<C> {
    /// The implementation; `None` if all of them failed.
    pub implementation: Option<C>,
    /// The name of the first one that failed.
    pub broken: Option<&'static str>,
}

impl<C> Choice<C> {
    /// No choice.
    pub const NONE: Self = Self { implementation: None, broken: None };
}

/// Returns the first of `candidates`, which are sorted fastest first, that passes `known_answer`.
pub fn choose<C: DigestScheme>(
    candidates: impl IntoIterator<Item = C::Implementation>,
    known_answer: impl Fn(C::Implementation) -> bool,
) -> Choice<C::Implementation> {
    let mut broken = None;
    for implementation in candidates {
        if known_answer(implementation) {
            return Choice { implementation: Some(implementation), broken };
        }
        broken = broken.or(Some(C::name(implementation)));
    }
    Choice { implementation: None, broken }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Chunks, OneDigest};
    use purgatory_sha256::{Implementation, Instructions, StreamImplementation};

    #[test]
    fn chooses_an_intact_stream_implementation_and_names_a_broken_one() {
        let scalar = StreamImplementation::scalar();
        let intact = choose::<OneDigest<'_>>([scalar], StreamImplementation::known_answer);
        assert_eq!((intact.implementation, intact.broken), (Some(scalar), None));

        let broken = choose::<OneDigest<'_>>([scalar], |_| false);
        assert_eq!((broken.implementation, broken.broken), (None, Some("scalar")));

        let tests = core::cell::Cell::new(0);
        let second =
            choose::<OneDigest<'_>>([scalar, scalar], |_| tests.replace(tests.get() + 1) == 1);
        assert_eq!((second.implementation, second.broken), (Some(scalar), Some("scalar")));
    }

    #[test]
    fn chooses_the_first_intact_implementation_and_names_the_first_broken_one() {
        let ranked: Vec<_> = Implementation::ranked(Instructions::default()).collect();
        assert_eq!(
            ranked.iter().map(|implementation| implementation.name()).collect::<Vec<_>>(),
            ["sse2", "scalar"]
        );
        let choose_if = |passes: fn(Implementation) -> bool| {
            let choice = choose::<Chunks<'_>>(ranked.iter().copied(), passes);
            (choice.implementation.map(Implementation::name), choice.broken)
        };
        assert_eq!(choose_if(Implementation::known_answer), (Some("sse2"), None));
        assert_eq!(
            choose_if(|implementation| implementation.name() == "scalar"),
            (Some("scalar"), Some("sse2"))
        );
        assert_eq!(choose_if(|_| false), (None, Some("sse2")));
    }
}

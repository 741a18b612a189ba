//! Which SHA-256 engine does the work: the fastest that this machine has and that gives the known answers.

use purgatory_sha256::Engine;

/// The engine chosen, and whether a faster one had to be passed over.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The engine; `None` if not even the last one gives the known answers.
    pub engine: Option<Engine>,
    /// The name of the first engine that gave a wrong answer.
    pub broken: Option<&'static str>,
}

/// Takes the first of `candidates`, fastest first, that is there and answers rightly by `known_answer`.
pub fn choose(candidates: [Option<Engine>; 2], known_answer: impl Fn(Engine) -> bool) -> Choice {
    let mut broken = None;
    for engine in candidates.into_iter().flatten() {
        if known_answer(engine) {
            return Choice { engine: Some(engine), broken };
        }
        broken = broken.or(Some(engine.name()));
    }
    Choice { engine: None, broken }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_engine_is_taken_and_a_broken_one_is_named() {
        let scalar = Some(Engine::scalar());
        let sound = choose([None, scalar], Engine::known_answer);
        assert_eq!((sound.engine.map(Engine::name), sound.broken), (Some("scalar"), None));

        let broken = choose([None, scalar], |_| false);
        assert!(broken.engine.is_none());
        assert_eq!(broken.broken, Some("scalar"));

        let asked = core::cell::Cell::new(0);
        let second = choose([scalar, scalar], |_| asked.replace(asked.get() + 1) == 1);
        assert_eq!(
            (second.engine.map(Engine::name), second.broken),
            (Some("scalar"), Some("scalar"))
        );
    }
}

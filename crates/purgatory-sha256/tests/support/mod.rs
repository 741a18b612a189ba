//! What every test file here needs: the engines of this machine, and digests in one go.

use purgatory_sha256::{DIGEST_BYTES, Engine, Stream};
use std::sync::LazyLock;

/// Names the engines, comma-separated, that this machine may lack without failing the tests.
const WITHOUT: &str = "PURGATORY_TEST_WITHOUT";

/// Every engine there is; fails where this machine lacks one, unless `PURGATORY_TEST_WITHOUT` names it.
pub(crate) fn engines() -> impl Iterator<Item = Engine> {
    static ENGINES: LazyLock<Vec<Engine>> = LazyLock::new(look_for_engines);
    ENGINES.iter().copied()
}

/// Says what was found, once a test program.
fn look_for_engines() -> Vec<Engine> {
    let engines: Vec<Engine> = Engine::detected().collect();
    let names: Vec<&str> = engines.iter().map(|engine| engine.name()).collect();
    if let Some(name) = missing(&names, &std::env::var(WITHOUT).unwrap_or_default()) {
        panic!(
            "this processor cannot run {name}: test on one that can, or set {WITHOUT}={name} to go without it"
        );
    }
    println!("engines covered: {}", names.join(", "));
    engines
}

/// The first engine that is neither among `found` nor excused by `without`.
pub(crate) fn missing(found: &[&str], without: &str) -> Option<&'static str> {
    let excused = |name: &str| without.split(',').any(|excused| excused == name);
    ["sha-ni", "scalar"].into_iter().find(|name| !found.contains(name) && !excused(name))
}

/// The digest of a message given in one piece.
pub(crate) fn digest(engine: Engine, message: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut stream = Stream::new(engine);
    stream.update(message);
    stream.finish()
}

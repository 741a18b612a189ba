//! What every test file here needs: the code of this machine, and digests in one go.

use purgatory_sha256::{Backend, DIGEST_BYTES, Engine, Stream, digest_many};
use std::sync::LazyLock;

/// Names the backends, comma-separated, that this machine may lack without failing the tests.
const WITHOUT: &str = "PURGATORY_TEST_WITHOUT";

static BACKENDS: LazyLock<Vec<Backend>> = LazyLock::new(look_for_backends);

/// Every backend there is, fastest first; fails where this machine lacks one, unless `PURGATORY_TEST_WITHOUT` names it.
pub(crate) fn backends() -> impl Iterator<Item = Backend> {
    BACKENDS.iter().copied()
}

/// The same for engines, each of which is a backend too.
pub(crate) fn engines() -> impl Iterator<Item = Engine> {
    LazyLock::force(&BACKENDS);
    Engine::detected()
}

/// Says what was found, once a test program.
fn look_for_backends() -> Vec<Backend> {
    let backends: Vec<Backend> = Backend::detected().collect();
    let names: Vec<&str> = backends.iter().map(|backend| backend.name()).collect();
    let without = std::env::var(WITHOUT).unwrap_or_default();
    let missing = missing(&names, &without);
    if !missing.is_empty() {
        let missing = missing.join(",");
        panic!(
            "this processor cannot run {missing}: test on one that can, or set {WITHOUT}={missing} to go without"
        );
    }
    println!("backends covered: {}; not covered: {without}", names.join(", "));
    backends
}

/// The backends that are neither among `found` nor excused by `without`.
pub(crate) fn missing(found: &[&str], without: &str) -> Vec<&'static str> {
    let excused = |name: &str| without.split(',').any(|excused| excused == name);
    Backend::NAMES.into_iter().filter(|name| !found.contains(name) && !excused(name)).collect()
}

/// The digest of each message, all of them at once.
#[allow(dead_code, reason = "not every test file has many messages")]
pub(crate) fn digests(backend: Backend, messages: &[&[u8]]) -> Vec<[u8; DIGEST_BYTES]> {
    let mut digests = vec![None; messages.len()];
    digest_many(backend, messages.iter().copied(), |index, digest| {
        assert_eq!(digests[index].replace(digest), None, "message {index} has two digests");
    });
    digests.into_iter().map(|digest| digest.expect("every message has a digest")).collect()
}

/// The digest of a message given in one piece.
pub(crate) fn digest(engine: Engine, message: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut stream = Stream::new(engine);
    stream.update(message);
    stream.finish()
}

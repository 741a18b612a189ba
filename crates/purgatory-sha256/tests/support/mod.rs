//! Helpers of all test files: the implementations of this machine, and digests in one call.

use purgatory_sha256::{DIGEST_BYTES, Implementation, Stream, StreamImplementation, digest_many};
use std::sync::LazyLock;

/// Names the implementations, comma-separated, that this machine may lack without failing the tests.
const WITHOUT: &str = "PURGATORY_TEST_WITHOUT";

static IMPLEMENTATIONS: LazyLock<Vec<Implementation>> = LazyLock::new(detect_implementations);

/// Returns every implementation, fastest first. Fails if this machine lacks one, unless `PURGATORY_TEST_WITHOUT` names
/// it.
pub(crate) fn implementations() -> impl Iterator<Item = Implementation> {
    IMPLEMENTATIONS.iter().copied()
}

/// Returns every stream implementation of this machine.
pub(crate) fn stream_implementations() -> impl Iterator<Item = StreamImplementation> {
    LazyLock::force(&IMPLEMENTATIONS);
    StreamImplementation::detected()
}

/// Detects the implementations, and prints their names once for each test program.
fn detect_implementations() -> Vec<Implementation> {
    let implementations: Vec<Implementation> = Implementation::detected().collect();
    let names: Vec<&str> =
        implementations.iter().map(|implementation| implementation.name()).collect();
    let without = std::env::var(WITHOUT).unwrap_or_default();
    let missing = missing(&names, &without);
    if !missing.is_empty() {
        let missing = missing.join(",");
        panic!(
            "this processor cannot run {missing}: test on one that can, or set {WITHOUT}={missing} to skip those tests"
        );
    }
    println!("implementations covered: {}; not covered: {without}", names.join(", "));
    implementations
}

/// Returns the implementations that are neither in `found` nor in `without`.
pub(crate) fn missing(found: &[&str], without: &str) -> Vec<&'static str> {
    let excused = |name: &str| without.split(',').any(|excused| excused == name);
    Implementation::NAMES
        .into_iter()
        .filter(|name| !found.contains(name) && !excused(name))
        .collect()
}

/// The digest of each message, all of them at once.
#[allow(dead_code, reason = "not every test file has many messages")]
pub(crate) fn digests(
    implementation: Implementation,
    messages: &[&[u8]],
) -> Vec<[u8; DIGEST_BYTES]> {
    let mut digests = vec![None; messages.len()];
    digest_many(implementation, messages.iter().copied(), |index, digest| {
        assert_eq!(digests[index].replace(digest), None, "message {index} has two digests");
    });
    digests.into_iter().map(|digest| digest.expect("every message has a digest")).collect()
}

/// The digest of a message given in one piece.
pub(crate) fn digest(implementation: StreamImplementation, message: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut stream = Stream::new(implementation);
    stream.update(message);
    stream.finish()
}

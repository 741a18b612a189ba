//! SHA-256 digests as text.

use purgatory_sha256::{Stream, StreamImplementation};

/// Returns the digest of `bytes` in hexadecimal, as `sha256sum` prints it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut stream = Stream::new(StreamImplementation::scalar());
    stream.update(bytes);
    stream.finish().iter().map(|byte| format!("{byte:02x}")).collect()
}

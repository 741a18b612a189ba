//! The identity of an object: its size and digest.

use purgatory_sha256::{Stream, StreamImplementation};
use std::fmt;

/// An object's size and digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Bytes.
    pub size: usize,
    /// SHA-256 of them.
    pub sha256: [u8; 32],
}

impl Identity {
    /// Returns the identity of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut stream = Stream::new(StreamImplementation::scalar());
        stream.update(bytes);
        Self { size: bytes.len(), sha256: stream.finish() }
    }
}

/// `15856 bytes, sha256 …`, the digest as `sha256sum` prints it.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, sha256 ", self.size)?;
        self.sha256.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_sha256sum() {
        assert_eq!(
            Identity::of(b"abc").to_string(),
            "3 bytes, sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}

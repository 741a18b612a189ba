//! The digest of one message, given in pieces.

use crate::constants::INITIAL;
use crate::{BLOCK_BYTES, DIGEST_BYTES, StreamImplementation};

/// The offset of the message's length in the last block, in bytes: FIPS 180-4, section 5.1.1.
pub(crate) const LENGTH_OFFSET: u64 = 56;

/// A message that is being digested.
#[derive(Clone, Debug)]
pub struct Stream {
    implementation: StreamImplementation,
    state: [u32; 8],
    /// The bytes after the last whole block; there are `bytes % BLOCK_BYTES` of them.
    pending: [u8; BLOCK_BYTES],
    /// Length of the message so far.
    bytes: u64,
}

impl Stream {
    /// Returns an empty message, to be digested by `implementation`.
    #[must_use]
    pub const fn new(implementation: StreamImplementation) -> Self {
        Self { implementation, state: INITIAL, pending: [0; BLOCK_BYTES], bytes: 0 }
    }

    /// Appends `piece` to the message.
    pub fn update(&mut self, mut piece: &[u8]) {
        let filled = self.filled();
        self.bytes = self.bytes.wrapping_add(piece.len() as u64);
        if filled != 0 {
            let free = self.pending.get_mut(filled..).unwrap_or_default();
            copy(free, piece);
            match piece.get(free.len()..) {
                Some(rest) => piece = rest,
                None => return,
            }
            self.implementation.compress(&mut self.state, &[self.pending]);
        }
        let (blocks, rest) = piece.as_chunks();
        self.implementation.compress(&mut self.state, blocks);
        copy(&mut self.pending, rest);
    }

    /// Ends the message and returns its digest.
    #[must_use]
    pub fn finish(mut self) -> [u8; DIGEST_BYTES] {
        let bits = self.bytes.wrapping_mul(8);
        // Byte by byte: this runs once for each message, and a table of padding would be larger than this code.
        self.update(&[0x80]);
        while self.filled() as u64 != LENGTH_OFFSET {
            self.update(&[0]);
        }
        self.update(&bits.to_be_bytes());

        digest(self.state)
    }

    /// Bytes in `pending`.
    const fn filled(&self) -> usize {
        // Less than a block: the cast loses nothing.
        (self.bytes % BLOCK_BYTES as u64) as usize
    }
}

/// Returns the digest for a state: its words, most significant byte first (FIPS 180-4, section 6.2.2).
pub(crate) fn digest(state: [u32; 8]) -> [u8; DIGEST_BYTES] {
    let mut digest = [0; DIGEST_BYTES];
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    digest
}

/// Copies as many bytes as fit.
fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

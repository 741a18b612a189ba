//! The key of the hand-off: the right digests lead to the image, not the right branches.
//!
//! A fault in the purgatory's own code can make a branch go in the wrong direction. Therefore the jump to the image does not depend on
//! branches only: its target is the entry combined with a key, which is computed from the differences between expected
//! and actual digests. After a verification that found a difference or did not run, the target is not a canonical
//! address, with a probability of 1 - 2^-16. The jump then raises #GP.

use core::hint::black_box;
use purgatory_abi::DIGEST_BYTES;

/// The right key. As a difference of addresses it leads outside the canonical ones.
const RIGHT: u64 = 0x7e5a_3c96_a55a_c369;

/// Spreads a small difference over all bits: an odd number, the golden ratio as a fraction of 2^64.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A key. Zeroed memory is a wrong one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// No key.
    pub const NONE: Self = Self(0);

    /// The right key.
    pub const TO_ANY_IMAGE: Self = Self(RIGHT);

    /// Returns the key for all differences of a verification; 0 is the right key.
    #[must_use]
    pub fn of(differences: u64) -> Self {
        // The compiler must not derive the number from an earlier comparison.
        Self(RIGHT ^ black_box(differences).wrapping_mul(SPREAD))
    }

    /// Returns the target of the jump for an image with this entry.
    #[must_use]
    pub fn apply(self, entry: u64) -> u64 {
        entry ^ self.0 ^ RIGHT
    }
}

/// Returns the bits in which two digests differ, or 0.
#[must_use]
#[inline(never)]
pub fn difference(a: &[u8; DIGEST_BYTES], b: &[u8; DIGEST_BYTES]) -> u64 {
    let (a, b): (&[[u8; 8]], &[[u8; 8]]) = (a.as_chunks().0, b.as_chunks().0);
    let pairs = a.iter().zip(b).map(|(a, b)| u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b));
    // Opaque for the compiler, which otherwise could derive the result from a comparison of the same digests.
    black_box(pairs.fold(0, |all, bits| all | bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_key_leads_to_the_entry() {
        let canonical = |address: u64| address >> 47 == 0 || address >> 47 == (1 << 17) - 1;
        assert_eq!(Key::of(0).apply(0x100_0200), 0x100_0200);
        for wrong in [Key::NONE, Key::of(1), Key::of(1 << 63), Key::of(u64::MAX)] {
            assert!(!canonical(wrong.apply(0x100_0200)), "{wrong:x?}");
        }
        for bit in 0..64 {
            assert_ne!(Key::of(1 << bit).apply(0x100_0200), 0x100_0200);
        }
    }

    #[test]
    fn every_byte_of_a_digest_makes_a_difference() {
        let digest = [0x5a; DIGEST_BYTES];
        assert_eq!(difference(&digest, &digest), 0);
        for byte in 0..DIGEST_BYTES {
            let mut other = digest;
            other[byte] ^= 0x80;
            assert_ne!(difference(&digest, &other), 0, "{byte}");
        }
    }
}

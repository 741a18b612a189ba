//! The search for the first non-zero byte.

#![allow(unsafe_code, reason = "the compiler does not see that every x86-64 processor has SSE2")]

use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_setzero_si128,
};
use zerocopy::transmute;

/// Bytes that one step checks: two cache lines, so that the loop costs no more than the loads.
const STEP: usize = 128;

/// Returns the index of the first non-zero byte.
#[must_use]
pub fn first_nonzero(bytes: &[u8]) -> Option<usize> {
    let (steps, _) = bytes.as_chunks::<STEP>();
    // SAFETY: every x86-64 processor has SSE2, and this function only runs where vector instructions are enabled.
    let clean = unsafe { zero_steps(steps) } * STEP;
    let rest = bytes.get(clean..)?;
    rest.iter().position(|byte| *byte != 0).map(|index| clean + index)
}

/// Returns the number of steps before the first one with a non-zero byte.
///
/// Uses vectors explicitly: the blob is built for size, so the compiler would compare byte by byte.
// No closures here: the compiler would build them without the target feature and call them out of line.
#[target_feature(enable = "sse2")]
fn zero_steps(steps: &[[u8; STEP]]) -> usize {
    for (index, step) in steps.iter().enumerate() {
        let [a, b, c, d, e, f, g, h]: [__m128i; STEP / 16] = transmute!(*step);
        let low = _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d));
        let high = _mm_or_si128(_mm_or_si128(e, f), _mm_or_si128(g, h));
        let equal = _mm_cmpeq_epi8(_mm_or_si128(low, high), _mm_setzero_si128());
        if _mm_movemask_epi8(equal) != 0xffff {
            return index;
        }
    }
    steps.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_nonzero_byte_at_every_position() {
        for len in [0, 1, 127, 128, 129, 1000] {
            let mut bytes = vec![0; len];
            assert_eq!(first_nonzero(&bytes), None);
            for place in 0..len {
                bytes[place] = 1 << (place % 8);
                assert_eq!(first_nonzero(&bytes), Some(place));
                if let Some(last) = bytes.last_mut() {
                    *last = 0xff;
                }
                assert_eq!(first_nonzero(&bytes), Some(place));
                bytes.fill(0);
            }
        }
    }
}

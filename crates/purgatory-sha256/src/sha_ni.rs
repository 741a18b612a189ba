//! The implementation on the SHA extensions: one stream.
//!
//! The latency of `sha256rnds2` limits one stream: the instruction does two rounds, and needs the result of the one
//! before. 32 of them for each block, with 4 cycles each on AMD Zen, give 2 cycles a byte. The message schedule runs in
//! parallel to that chain and costs no time. So the code is a plain, small loop over groups of four rounds.
//!
//! Source: Intel SDM volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2; FIPS 180-4, section 6.2.2.

#![allow(
    unsafe_code,
    reason = "calls of code that not every processor has, and vectors made of plain data"
)]

use crate::constants::{GROUP, ROUND_CONSTANTS};
use crate::{BLOCK_BYTES, ShaNi};
use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_set_epi64x, _mm_sha256msg1_epu32,
    _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8, _mm_shuffle_epi32,
};
use core::mem::transmute;

/// Compresses `blocks` into `state`.
pub(crate) fn compress(_proof: ShaNi, state: &mut [u32; 8], blocks: &[[u8; BLOCK_BYTES]]) {
    // SAFETY: the proof guarantees that these instructions may run.
    unsafe { compress_blocks(state, blocks) }
}

/// Compresses `blocks` into `state`.
// No closures here: the compiler would build them without the target features and call them out of line.
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn compress_blocks(state: &mut [u32; 8], blocks: &[[u8; BLOCK_BYTES]]) {
    // A message's words are big-endian.
    let swap_bytes = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);

    // The instructions need the state as (f, e, b, a) and (h, g, d, c); names and comments give the lowest word first.
    let [abcd, efgh] = vectors_of_state(*state);
    let badc = _mm_shuffle_epi32(abcd, 0b10_11_00_01);
    let hgfe = _mm_shuffle_epi32(efgh, 0b00_01_10_11);
    let mut feba = _mm_alignr_epi8(badc, hgfe, 8);
    let mut hgdc = _mm_blend_epi16(hgfe, badc, 0b1111_0000);

    for block in blocks {
        let (feba_before, hgdc_before) = (feba, hgdc);
        // The next sixteen words of the schedule, oldest first.
        let [w0, w1, w2, w3] = vectors_of_block(*block);
        let mut w0 = _mm_shuffle_epi8(w0, swap_bytes);
        let mut w1 = _mm_shuffle_epi8(w1, swap_bytes);
        let mut w2 = _mm_shuffle_epi8(w2, swap_bytes);
        let mut w3 = _mm_shuffle_epi8(w3, swap_bytes);
        for constants in &ROUND_CONSTANTS {
            let addends = _mm_add_epi32(w0, vector_of_constants(*constants));
            // Two rounds turn (c, d, g, h) into the next (a, b, e, f), and the old (a, b, e, f) is the next (c, d, g,
            // h).
            hgdc = _mm_sha256rnds2_epu32(hgdc, feba, addends);
            feba = _mm_sha256rnds2_epu32(feba, hgdc, _mm_shuffle_epi32(addends, 0b00_00_11_10));
            // The four words after w3; those of the last four groups are not used.
            let w9_to_12 = _mm_alignr_epi8(w3, w2, 4);
            let partial = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), w9_to_12);
            (w0, w1, w2, w3) = (w1, w2, w3, _mm_sha256msg2_epu32(partial, w3));
        }
        feba = _mm_add_epi32(feba, feba_before);
        hgdc = _mm_add_epi32(hgdc, hgdc_before);
    }

    let abef = _mm_shuffle_epi32(feba, 0b00_01_10_11);
    let ghcd = _mm_shuffle_epi32(hgdc, 0b10_11_00_01);
    *state = state_of_vectors([
        _mm_blend_epi16(abef, ghcd, 0b1111_0000),
        _mm_alignr_epi8(ghcd, abef, 8),
    ]);
}

fn vectors_of_state(state: [u32; 8]) -> [__m128i; 2] {
    // SAFETY: both are 32 bytes of plain data, any bit pattern is a value of either.
    unsafe { transmute::<[u32; 8], [__m128i; 2]>(state) }
}

fn state_of_vectors(vectors: [__m128i; 2]) -> [u32; 8] {
    // SAFETY: both are 32 bytes of plain data, any bit pattern is a value of either.
    unsafe { transmute::<[__m128i; 2], [u32; 8]>(vectors) }
}

fn vectors_of_block(block: [u8; BLOCK_BYTES]) -> [__m128i; 4] {
    // SAFETY: both are 64 bytes of plain data, any bit pattern is a value of either.
    unsafe { transmute::<[u8; BLOCK_BYTES], [__m128i; 4]>(block) }
}

fn vector_of_constants(constants: [u32; GROUP]) -> __m128i {
    // SAFETY: both are 16 bytes of plain data, any bit pattern is a value of either.
    unsafe { transmute::<[u32; GROUP], __m128i>(constants) }
}

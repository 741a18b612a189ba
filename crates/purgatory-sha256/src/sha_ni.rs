//! The engine on the SHA extensions: one stream.
//!
//! One stream is bound by the latency of `sha256rnds2`, which does two rounds and needs the result of the one before:
//! 32 of them a block, 4 cycles each on AMD Zen, are 2 cycles a byte. The message schedule runs beside that chain and
//! is free, so the code is a plain loop over groups of four rounds, and small.
//!
//! Source: Intel SDM volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2; FIPS 180-4, section 6.2.2.

#![allow(
    unsafe_code,
    reason = "calls of code that not every processor has, and vectors made of plain data"
)]

use crate::{BLOCK_BYTES, Engine};
use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_set_epi64x, _mm_sha256msg1_epu32,
    _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8, _mm_shuffle_epi32,
};
use core::mem::transmute;

/// The proof that SHA, SSE2, SSSE3 and SSE4.1 instructions may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShaNi(());

impl Engine {
    /// The engine on the SHA extensions.
    ///
    /// # Safety
    /// SHA, SSE2, SSSE3 and SSE4.1 instructions must run wherever the value is used: the processor has them, and CR0
    /// and CR4 (EM, TS, OSFXSR) let them.
    #[must_use]
    pub const unsafe fn sha_ni() -> Self {
        Self::with(ShaNi(()))
    }
}

impl ShaNi {
    /// The proof, if CPUID gives it and an operating system is there that has set up the control registers.
    #[cfg(feature = "std")]
    pub(crate) fn detected() -> Option<Self> {
        let has = std::is_x86_feature_detected!("sha")
            && std::is_x86_feature_detected!("ssse3")
            && std::is_x86_feature_detected!("sse4.1");
        has.then_some(Self(()))
    }

    /// Brings `blocks` into `state`.
    pub(crate) fn compress(self, state: &mut [u32; 8], blocks: &[[u8; BLOCK_BYTES]]) {
        // SAFETY: `self` is the proof that these instructions may run.
        unsafe { compress(state, blocks) }
    }
}

/// Rounds that one group does.
const GROUP: usize = 4;

/// The round constants, a line a group: FIPS 180-4, section 4.2.2.
static ROUND_CONSTANTS: [[u32; GROUP]; 64 / GROUP] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
    [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
    [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
    [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
    [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
    [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
    [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
    [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
    [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

/// Brings `blocks` into `state`.
// No closure in here: it would be compiled without the features and called out of line.
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn compress(state: &mut [u32; 8], blocks: &[[u8; BLOCK_BYTES]]) {
    // A message's words are big-endian.
    let swap_bytes = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);

    // The instructions want the state as (f, e, b, a) and (h, g, d, c); names and comments give the lowest word first.
    let [abcd, efgh] = vectors_of_state(*state);
    let badc = _mm_shuffle_epi32(abcd, 0b10_11_00_01);
    let hgfe = _mm_shuffle_epi32(efgh, 0b00_01_10_11);
    let mut feba = _mm_alignr_epi8(badc, hgfe, 8);
    let mut hgdc = _mm_blend_epi16(hgfe, badc, 0b1111_0000);

    for block in blocks {
        let (feba_before, hgdc_before) = (feba, hgdc);
        // The sixteen words of the schedule that come next, oldest first.
        let [w0, w1, w2, w3] = vectors_of_block(*block);
        let mut w0 = _mm_shuffle_epi8(w0, swap_bytes);
        let mut w1 = _mm_shuffle_epi8(w1, swap_bytes);
        let mut w2 = _mm_shuffle_epi8(w2, swap_bytes);
        let mut w3 = _mm_shuffle_epi8(w3, swap_bytes);
        for constants in &ROUND_CONSTANTS {
            let addends = _mm_add_epi32(w0, vector_of_constants(*constants));
            // Two rounds turn (c, d, g, h) into the next (a, b, e, f), and the old (a, b, e, f) is the next (c, d, g, h).
            hgdc = _mm_sha256rnds2_epu32(hgdc, feba, addends);
            feba = _mm_sha256rnds2_epu32(feba, hgdc, _mm_shuffle_epi32(addends, 0b00_00_11_10));
            // The four words after w3; the last four groups make some that nobody takes.
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

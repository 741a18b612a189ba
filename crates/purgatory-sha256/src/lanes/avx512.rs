//! Sixteen lanes, in 512-bit vectors: a vector contains one word of each lane.
//!
//! One block of every lane takes 64 rounds of 18 operations (17 in the plain order), 48 words of 11, and 80 operations
//! to transpose bytes of lanes into vectors of words. These are 1,768 (1,704) operations, or 1,995 (1,931) instructions
//! with copies and prefetches, for 1,024 bytes, counted in the compiled loop. Two facts limit the speed:
//!
//! - The operations that a processor starts in a cycle: four on Zen 5, two on Zen 4 and Intel's. That gives 0.43 or
//!   0.86 cycles a byte.
//! - The latency of a round. From e to the next e there are a rotation, an exclusive or and two additions. The short
//!   chain needs only one addition, because it adds to a sum that already contains d; this costs one more addition for
//!   each round. Three rotations on two units take one cycle more. If an operation takes two cycles, as on Zen 5, the
//!   limit is 0.44 cycles a byte with the short chain and 0.56 without. If it takes one, the limits are 0.25 and 0.31,
//!   less than the first limit.
//!
//! So the short chain is for Zen 5; on other processors the plain order has 4 % less to do. The next block is read and
//! transposed during the last rounds of this one, which compute no schedule words and wait for each other.
//!
//! Sources: FIPS 180-4, sections 4.1.2 and 6.2.2, for the algorithm; Intel SDM volume 2, VPROLD, VPTERNLOGD,
//! VSHUFI32X4, for the instructions; AMD's optimization guides for Zen 4 and Zen 5 and Intel's for Ice Lake, for the
//! cost of operations. AVX-512F and AVX-512BW are enough.

#![allow(
    unsafe_code,
    reason = "calls of code that not every processor has, vectors made of plain data, and sums kept in order"
)]

use super::rounds::sixteen_times;
use super::row::{Lanes, Row};
use super::{Block, MAX_LANES, States};
use crate::constants::ROUND_CONSTANTS;
use crate::{Avx512, BLOCK_BYTES};
use core::arch::asm;
use core::arch::x86_64::{
    __m256i, __m512i, _MM_HINT_T0, _mm_prefetch, _mm_set_epi64x, _mm512_add_epi32,
    _mm512_broadcast_i32x4, _mm512_castsi256_si512, _mm512_inserti64x4, _mm512_ror_epi32,
    _mm512_set1_epi32, _mm512_shuffle_epi8, _mm512_shuffle_i32x4, _mm512_srli_epi32,
    _mm512_sub_epi32, _mm512_ternarylogic_epi32, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
};
use core::hint::black_box;
use core::mem::transmute;

/// The distance from the block that is loaded to the bytes that are prefetched.
const PREFETCH_BYTES: usize = 512;

/// Half a block: eight words, half a vector.
const HALF_BYTES: usize = BLOCK_BYTES / 2;

/// Compresses `lanes.blocks()` blocks of each lane into its state, with the short chain of additions.
pub(super) fn compress_short(_proof: Avx512, states: &mut States, lanes: &Lanes<'_>) {
    // SAFETY: the proof guarantees that these instructions may run.
    unsafe { compress_blocks::<true>(states, lanes) }
}

/// Compresses `lanes.blocks()` blocks of each lane into its state, with the fewest additions.
pub(super) fn compress_plain(_proof: Avx512, states: &mut States, lanes: &Lanes<'_>) {
    // SAFETY: the proof guarantees that these instructions may run.
    unsafe { compress_blocks::<false>(states, lanes) }
}

/// Compresses `lanes.blocks()` blocks of each lane into its state.
// No closures here: the compiler would build them without the target features and call them out of line.
#[target_feature(enable = "avx512f,avx512bw")]
fn compress_blocks<const SHORT_CHAIN: bool>(states: &mut States, lanes: &Lanes<'_>) {
    let Some(mut row) = lanes.first_row() else { return };
    let mut state = vectors_of_states(*states);
    let mut words = words_of_blocks(row);
    loop {
        let before = state;
        // The constants are hidden from the compiler. Otherwise it would keep a vector for each one on the stack, 4
        // KiB, instead of letting the additions broadcast them from memory.
        let (groups, _) = black_box(&ROUND_CONSTANTS).as_flattened().as_chunks::<16>();
        let [scheduling @ .., last] = groups else { return };
        for constants in scheduling {
            sixteen_times!(I {
                state = round::<SHORT_CHAIN>(state, words[I], constants[I]);
                words[I] = sixteen_words_later(
                    words[I],
                    words[(I + 1) % 16],
                    words[(I + 9) % 16],
                    words[(I + 14) % 16],
                );
            });
        }
        // The next block is read while the last rounds wait for each other. After the last block, that block is read
        // again, and not used.
        let next = row.next();
        let read = next.unwrap_or(row);
        prefetch(read);
        let next_words = words_of_blocks(read);
        sixteen_times!(I {
            state = round::<SHORT_CHAIN>(state, words[I], last[I]);
        });
        words = next_words;
        for (word, before) in state.iter_mut().zip(before) {
            *word = sum(*word, before);
        }
        let Some(next) = next else { break };
        row = next;
    }
    *states = states_of_vectors(state);
}

/// A round: FIPS 180-4, section 6.2.2, step 3.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn round<const SHORT_CHAIN: bool>(
    [a, b, c, d, e, f, g, h]: [__m512i; 8],
    word: __m512i,
    constant: u32,
) -> [__m512i; 8] {
    let big_sigma_1 =
        xor(_mm512_ror_epi32::<6>(e), _mm512_ror_epi32::<11>(e), _mm512_ror_epi32::<25>(e));
    let ch = _mm512_ternarylogic_epi32::<0xca>(e, f, g);
    let big_sigma_0 =
        xor(_mm512_ror_epi32::<2>(a), _mm512_ror_epi32::<13>(a), _mm512_ror_epi32::<22>(a));
    let maj = _mm512_ternarylogic_epi32::<0xe8>(a, b, c);
    let early = sum(h, sum(word, _mm512_set1_epi32(constant.cast_signed())));
    if SHORT_CHAIN {
        let next_e = sum(sum(sum(early, d), ch), big_sigma_1);
        let t1 = kept(_mm512_sub_epi32(next_e, d));
        [sum(sum(t1, maj), big_sigma_0), a, b, c, next_e, e, f, g]
    } else {
        let t1 = sum(sum(early, ch), big_sigma_1);
        [sum(sum(t1, maj), big_sigma_0), a, b, c, sum(t1, d), e, f, g]
    }
}

/// The word of the message schedule sixteen after `word`, from those that are one, nine and fourteen after it.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn sixteen_words_later(word: __m512i, one: __m512i, nine: __m512i, fourteen: __m512i) -> __m512i {
    let small_sigma_0 =
        xor(_mm512_ror_epi32::<7>(one), _mm512_ror_epi32::<18>(one), _mm512_srli_epi32::<3>(one));
    let small_sigma_1 = xor(
        _mm512_ror_epi32::<17>(fourteen),
        _mm512_ror_epi32::<19>(fourteen),
        _mm512_srli_epi32::<10>(fourteen),
    );
    sum(sum(sum(word, nine), small_sigma_0), small_sigma_1)
}

/// For each bit: whether an odd number of the three is set.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn xor(x: __m512i, y: __m512i, z: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0x96>(x, y, z)
}

/// A sum whose order the compiler keeps: see [`kept`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn sum(x: __m512i, y: __m512i) -> __m512i {
    kept(_mm512_add_epi32(x, y))
}

/// Returns the same value, and hides its origin from the compiler, which would otherwise add the terms in another
/// order.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn kept(mut value: __m512i) -> __m512i {
    // SAFETY: the assembly is empty.
    unsafe {
        asm!("/* {} */", inout(zmm_reg) value, options(pure, nomem, nostack, preserves_flags))
    }
    value
}

/// The words of one block of each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn words_of_blocks(row: Row<'_, MAX_LANES>) -> [__m512i; 16] {
    let [w0, w1, w2, w3, w4, w5, w6, w7] = words_of_halves::<0>(row);
    let [w8, w9, w10, w11, w12, w13, w14, w15] = words_of_halves::<1>(row);
    [w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15]
}

/// The words of one half of one block of each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn words_of_halves<const HALF: usize>(row: Row<'_, MAX_LANES>) -> [__m512i; 8] {
    let (low_0, high_0) =
        words_of_four::<HALF>([row.block(0), row.block(4), row.block(8), row.block(12)]);
    let (low_1, high_1) =
        words_of_four::<HALF>([row.block(1), row.block(5), row.block(9), row.block(13)]);
    let (low_2, high_2) =
        words_of_four::<HALF>([row.block(2), row.block(6), row.block(10), row.block(14)]);
    let (low_3, high_3) =
        words_of_four::<HALF>([row.block(3), row.block(7), row.block(11), row.block(15)]);
    let [w0, w1, w2, w3] = transposed([low_0, low_1, low_2, low_3]);
    let [w4, w5, w6, w7] = transposed([high_0, high_1, high_2, high_3]);
    [w0, w1, w2, w3, w4, w5, w6, w7]
}

/// The first and the last four words of one half of one block of four lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn words_of_four<const HALF: usize>(
    [block_0, block_1, block_2, block_3]: [&Block; 4],
) -> (__m512i, __m512i) {
    // A message's words are big-endian.
    let swap_bytes =
        _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203));
    let front = _mm512_inserti64x4::<1>(
        _mm512_castsi256_si512(half_of_block::<HALF>(block_0)),
        half_of_block::<HALF>(block_1),
    );
    let back = _mm512_inserti64x4::<1>(
        _mm512_castsi256_si512(half_of_block::<HALF>(block_2)),
        half_of_block::<HALF>(block_3),
    );
    (
        _mm512_shuffle_epi8(_mm512_shuffle_i32x4::<0b10_00_10_00>(front, back), swap_bytes),
        _mm512_shuffle_epi8(_mm512_shuffle_i32x4::<0b11_01_11_01>(front, back), swap_bytes),
    )
}

/// In each 128 bits: word `j` of vector `i` to word `i` of vector `j`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn transposed([v0, v1, v2, v3]: [__m512i; 4]) -> [__m512i; 4] {
    let low_01 = _mm512_unpacklo_epi32(v0, v1);
    let low_23 = _mm512_unpacklo_epi32(v2, v3);
    let high_01 = _mm512_unpackhi_epi32(v0, v1);
    let high_23 = _mm512_unpackhi_epi32(v2, v3);
    [
        _mm512_unpacklo_epi64(low_01, low_23),
        _mm512_unpackhi_epi64(low_01, low_23),
        _mm512_unpacklo_epi64(high_01, high_23),
        _mm512_unpackhi_epi64(high_01, high_23),
    ]
}

/// One half of a block, as it is in memory.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn half_of_block<const HALF: usize>(block: &Block) -> __m256i {
    let half: [u8; HALF_BYTES] = block.as_chunks().0[HALF];
    // SAFETY: both are 32 bytes of plain data, any bit pattern is a value of either.
    unsafe { transmute::<[u8; HALF_BYTES], __m256i>(half) }
}

/// Prefetches bytes that are needed some blocks after this row.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn prefetch(row: Row<'_, MAX_LANES>) {
    for lane in 0..MAX_LANES {
        let ahead = row.block(lane).as_ptr().wrapping_add(PREFETCH_BYTES);
        _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
    }
}

fn vectors_of_states(states: States) -> [__m512i; 8] {
    // SAFETY: both are 512 bytes of plain data, any bit pattern is a value of either.
    unsafe { transmute::<[[u32; MAX_LANES]; 8], [__m512i; 8]>(states.0) }
}

fn states_of_vectors(vectors: [__m512i; 8]) -> States {
    // SAFETY: both are 512 bytes of plain data, any bit pattern is a value of either.
    States(unsafe { transmute::<[__m512i; 8], [[u32; MAX_LANES]; 8]>(vectors) })
}

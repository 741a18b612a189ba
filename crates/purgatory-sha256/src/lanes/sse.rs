//! Four lanes, in 128-bit vectors: a vector contains one word of each lane.
//!
//! The number of operations is that of eight lanes in vectors twice as wide, plus copies, because these instructions
//! overwrite one operand. Measured on AMD Zen 3: 3.8 cycles a byte; 3.9 without SSSE3, which swaps bytes in one
//! instruction instead of five.
//!
//! Source of the algorithm: see `rounds`; of the instructions: Intel SDM volume 2, PUNPCKLDQ, PSHUFB, PSHUFLW.

#![allow(
    unsafe_code,
    reason = "calls of code that not every processor has, loads and stores of vectors, an order for the compiler"
)]

use super::rounds::{PREFETCH_BYTES, eight_times, kernel, rounds};
use super::row::{Lanes, Row};
use super::{Block, MAX_LANES, States};
use crate::Ssse3;
use crate::constants::ROUND_CONSTANTS;
use core::arch::asm;
use core::arch::x86_64::{
    __m128i, _MM_HINT_T0, _mm_add_epi32, _mm_and_si128, _mm_load_si128, _mm_loadu_si128,
    _mm_or_si128, _mm_prefetch, _mm_set_epi64x, _mm_set1_epi32, _mm_shuffle_epi8,
    _mm_shufflehi_epi16, _mm_shufflelo_epi16, _mm_slli_epi16, _mm_slli_epi32, _mm_srli_epi16,
    _mm_srli_epi32, _mm_store_si128, _mm_unpackhi_epi32, _mm_unpackhi_epi64, _mm_unpacklo_epi32,
    _mm_unpacklo_epi64, _mm_xor_si128,
};

/// Lanes in a vector.
const LANES: usize = 4;

/// A word of each lane.
type Vector = __m128i;

/// Compresses `lanes.blocks()` blocks of each lane into its state.
pub(super) fn compress_ssse3(_proof: Ssse3, states: &mut States, lanes: &Lanes<'_>) {
    // SAFETY: the proof guarantees that these instructions may run.
    unsafe { compress_lanes_ssse3(states, lanes) }
}

/// Compresses `lanes.blocks()` blocks of each lane into its state.
pub(super) fn compress_sse2(states: &mut States, lanes: &Lanes<'_>) {
    // SAFETY: every x86-64 processor has SSE2.
    unsafe { compress_lanes_sse2(states, lanes) }
}

kernel!(compress_lanes_ssse3, "ssse3", quarter_of_lanes_ssse3);
kernel!(compress_lanes_sse2, "sse2", quarter_of_lanes_sse2);
rounds!("sse2");

/// Four words of a block of each lane.
#[target_feature(enable = "ssse3")]
#[inline]
fn quarter_of_lanes_ssse3(row: Row<'_, LANES>, quarter: usize) -> [Vector; 4] {
    // A message's words are big-endian.
    let big_endian = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    let mut words = transposed_quarter(row, quarter);
    for word in &mut words {
        *word = _mm_shuffle_epi8(*word, big_endian);
    }
    words
}

/// Four words of a block of each lane.
#[target_feature(enable = "sse2")]
#[inline]
fn quarter_of_lanes_sse2(row: Row<'_, LANES>, quarter: usize) -> [Vector; 4] {
    let mut words = transposed_quarter(row, quarter);
    for word in &mut words {
        // A message's words are big-endian. First swap the halves of each word, then the bytes of each half.
        let halves = _mm_shufflelo_epi16::<0b10_11_00_01>(*word);
        let halves = _mm_shufflehi_epi16::<0b10_11_00_01>(halves);
        *word = _mm_or_si128(_mm_slli_epi16::<8>(halves), _mm_srli_epi16::<8>(halves));
    }
    words
}

/// Four words of a block of each lane, their bytes in the order of memory.
#[target_feature(enable = "sse2")]
#[inline]
fn transposed_quarter(row: Row<'_, LANES>, quarter: usize) -> [Vector; 4] {
    let lane_0 = quarter_of_block(row.block(0), quarter);
    let lane_1 = quarter_of_block(row.block(1), quarter);
    let lane_2 = quarter_of_block(row.block(2), quarter);
    let lane_3 = quarter_of_block(row.block(3), quarter);
    let low_01 = _mm_unpacklo_epi32(lane_0, lane_1);
    let low_23 = _mm_unpacklo_epi32(lane_2, lane_3);
    let high_01 = _mm_unpackhi_epi32(lane_0, lane_1);
    let high_23 = _mm_unpackhi_epi32(lane_2, lane_3);
    [
        _mm_unpacklo_epi64(low_01, low_23),
        _mm_unpackhi_epi64(low_01, low_23),
        _mm_unpacklo_epi64(high_01, high_23),
        _mm_unpackhi_epi64(high_01, high_23),
    ]
}

/// A quarter of a block, as it is in memory.
#[target_feature(enable = "sse2")]
#[inline]
fn quarter_of_block(block: &Block, quarter: usize) -> __m128i {
    let quarter = &block.as_chunks::<16>().0[quarter];
    // SAFETY: sixteen bytes are read from a slice of sixteen bytes.
    unsafe { _mm_loadu_si128(quarter.as_ptr().cast()) }
}

/// Returns `x`. The compiler must assume that it depends on `y`: it does not compute it before `y`, and does not
/// reorder the sum.
#[target_feature(enable = "sse2")]
#[inline]
fn after(mut x: Vector, y: Vector) -> Vector {
    // SAFETY: the assembly is empty.
    unsafe {
        asm!(
            "/* {} {} */",
            inout(xmm_reg) x,
            in(xmm_reg) y,
            options(pure, nomem, nostack, preserves_flags)
        )
    }
    x
}

#[target_feature(enable = "sse2")]
#[inline]
fn load(row: &[u32; MAX_LANES]) -> Vector {
    // SAFETY: a row is aligned to 64 bytes, and is 64 bytes long.
    unsafe { _mm_load_si128(row.as_ptr().cast()) }
}

#[target_feature(enable = "sse2")]
#[inline]
fn store(row: &mut [u32; MAX_LANES], word: Vector) {
    // SAFETY: a row is aligned to 64 bytes, and is 64 bytes long.
    unsafe { _mm_store_si128(row.as_mut_ptr().cast(), word) }
}

#[target_feature(enable = "sse2")]
#[inline]
fn broadcast(x: u32) -> Vector {
    _mm_set1_epi32(x.cast_signed())
}

#[target_feature(enable = "sse2")]
#[inline]
fn add(x: Vector, y: Vector) -> Vector {
    _mm_add_epi32(x, y)
}

#[target_feature(enable = "sse2")]
#[inline]
fn and(x: Vector, y: Vector) -> Vector {
    _mm_and_si128(x, y)
}

#[target_feature(enable = "sse2")]
#[inline]
fn xor(x: Vector, y: Vector) -> Vector {
    _mm_xor_si128(x, y)
}

#[target_feature(enable = "sse2")]
#[inline]
fn shl<const BITS: i32>(x: Vector) -> Vector {
    _mm_slli_epi32::<BITS>(x)
}

#[target_feature(enable = "sse2")]
#[inline]
fn shr<const BITS: i32>(x: Vector) -> Vector {
    _mm_srli_epi32::<BITS>(x)
}

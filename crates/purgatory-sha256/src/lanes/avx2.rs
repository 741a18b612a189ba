//! Eight lanes, in 256-bit vectors: a vector contains one word of each lane.
//!
//! They take 3,320 operations for 512 bytes. A processor with four vector units, as AMD's Zen 3, could issue them in
//! 1.62 cycles a byte. But two of five are shifts, which only half of its units can execute, and it does not distribute
//! the others evenly: measured there, 1.86 cycles a byte. More lanes would not help, because latency is not the limit,
//! and their values would not fit into sixteen registers.
//!
//! Source of the algorithm: see `rounds`; of the instructions: Intel SDM volume 2, VINSERTI128, PUNPCKLDQ, PSHUFB.

#![allow(
    unsafe_code,
    reason = "calls of code that not every processor has, loads and stores of vectors, an order for the compiler"
)]

use super::rounds::{PREFETCH_BYTES, eight_times, kernel, rounds};
use super::row::{Lanes, Row};
use super::{Block, MAX_LANES, States};
use crate::Avx2;
use crate::constants::ROUND_CONSTANTS;
use core::arch::asm;
use core::arch::x86_64::{
    __m128i, __m256i, _MM_HINT_T0, _mm_loadu_si128, _mm_prefetch, _mm256_add_epi32,
    _mm256_and_si256, _mm256_castsi128_si256, _mm256_inserti128_si256, _mm256_load_si256,
    _mm256_set_epi64x, _mm256_set1_epi32, _mm256_shuffle_epi8, _mm256_slli_epi32,
    _mm256_srli_epi32, _mm256_store_si256, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64,
    _mm256_unpacklo_epi32, _mm256_unpacklo_epi64, _mm256_xor_si256,
};
use core::hint::black_box;

/// Lanes in a vector.
const LANES: usize = 8;

/// A word of each lane.
type Vector = __m256i;

/// Compresses `lanes.blocks()` blocks of each lane into its state.
pub(super) fn compress(_proof: Avx2, states: &mut States, lanes: &Lanes<'_>) {
    // SAFETY: the proof guarantees that these instructions may run.
    unsafe { compress_lanes(states, lanes) }
}

kernel!(compress_lanes, "avx2", quarter_of_lanes);
rounds!("avx2");

/// Four words of a block of each lane.
#[target_feature(enable = "avx2")]
#[inline]
fn quarter_of_lanes(row: Row<'_, LANES>, quarter: usize) -> [Vector; 4] {
    // A message's words are big-endian. The shuffle order is hidden from the compiler: if it knew the order, it would
    // emit more shuffles.
    let big_endian = black_box(_mm256_set_epi64x(
        0x0c0d_0e0f_0809_0a0b,
        0x0405_0607_0001_0203,
        0x0c0d_0e0f_0809_0a0b,
        0x0405_0607_0001_0203,
    ));
    let lanes_04 = quarters_of_two([row.block(0), row.block(4)], quarter);
    let lanes_15 = quarters_of_two([row.block(1), row.block(5)], quarter);
    let lanes_26 = quarters_of_two([row.block(2), row.block(6)], quarter);
    let lanes_37 = quarters_of_two([row.block(3), row.block(7)], quarter);
    let low_0145 = _mm256_unpacklo_epi32(lanes_04, lanes_15);
    let low_2367 = _mm256_unpacklo_epi32(lanes_26, lanes_37);
    let high_0145 = _mm256_unpackhi_epi32(lanes_04, lanes_15);
    let high_2367 = _mm256_unpackhi_epi32(lanes_26, lanes_37);
    [
        _mm256_shuffle_epi8(_mm256_unpacklo_epi64(low_0145, low_2367), big_endian),
        _mm256_shuffle_epi8(_mm256_unpackhi_epi64(low_0145, low_2367), big_endian),
        _mm256_shuffle_epi8(_mm256_unpacklo_epi64(high_0145, high_2367), big_endian),
        _mm256_shuffle_epi8(_mm256_unpackhi_epi64(high_0145, high_2367), big_endian),
    ]
}

/// The same quarter of a block of two lanes, as it is in memory.
#[target_feature(enable = "avx2")]
#[inline]
fn quarters_of_two([low, high]: [&Block; 2], quarter: usize) -> Vector {
    let low = quarter_of_block(low, quarter);
    let high = quarter_of_block(high, quarter);
    _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high)
}

/// A quarter of a block, as it is in memory.
#[target_feature(enable = "avx2")]
#[inline]
fn quarter_of_block(block: &Block, quarter: usize) -> __m128i {
    let quarter = &block.as_chunks::<16>().0[quarter];
    // SAFETY: sixteen bytes are read from a slice of sixteen bytes.
    unsafe { _mm_loadu_si128(quarter.as_ptr().cast()) }
}

/// Returns `x`. The compiler must assume that it depends on `y`: it does not compute it before `y`, and does not
/// reorder the sum.
#[target_feature(enable = "avx2")]
#[inline]
fn after(mut x: Vector, y: Vector) -> Vector {
    // SAFETY: the assembly is empty.
    unsafe {
        asm!(
            "/* {} {} */",
            inout(ymm_reg) x,
            in(ymm_reg) y,
            options(pure, nomem, nostack, preserves_flags)
        )
    }
    x
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(row: &[u32; MAX_LANES]) -> Vector {
    // SAFETY: a row is aligned to 64 bytes, and is 64 bytes long.
    unsafe { _mm256_load_si256(row.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn store(row: &mut [u32; MAX_LANES], word: Vector) {
    // SAFETY: a row is aligned to 64 bytes, and is 64 bytes long.
    unsafe { _mm256_store_si256(row.as_mut_ptr().cast(), word) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn broadcast(x: u32) -> Vector {
    _mm256_set1_epi32(x.cast_signed())
}

#[target_feature(enable = "avx2")]
#[inline]
fn add(x: Vector, y: Vector) -> Vector {
    _mm256_add_epi32(x, y)
}

#[target_feature(enable = "avx2")]
#[inline]
fn and(x: Vector, y: Vector) -> Vector {
    _mm256_and_si256(x, y)
}

#[target_feature(enable = "avx2")]
#[inline]
fn xor(x: Vector, y: Vector) -> Vector {
    _mm256_xor_si256(x, y)
}

#[target_feature(enable = "avx2")]
#[inline]
fn shl<const BITS: i32>(x: Vector) -> Vector {
    _mm256_slli_epi32::<BITS>(x)
}

#[target_feature(enable = "avx2")]
#[inline]
fn shr<const BITS: i32>(x: Vector) -> Vector {
    _mm256_srli_epi32::<BITS>(x)
}

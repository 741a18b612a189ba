//! Three or two lanes, each on the SHA extensions.
//!
//! One lane waits for its own results: `sha256rnds2` does two rounds in 4 cycles, and the next one needs its result.
//! That gives 2.0 cycles a byte. The unit can start an instruction every cycle, so instructions of other lanes fit in
//! between.
//!
//! Measured on AMD Zen 3, with the core to itself: two lanes take 1.04 cycles a byte, still limited by that latency
//! (1.0). Three take 0.85, limited by the front end (`sha256msg2` occupies it for a full cycle) and by the two ports
//! for shuffles, which `sha256rnds2` needs too. A fourth lane would gain 1 % and cost 1.2 KB. While the core's other
//! hardware thread is busy, two and three lanes both take 1.4.
//!
//! Sixteen registers are too few for three lanes: 6 for states, 12 for schedules, and the operand that has to be
//! `xmm0`. The compiler would spill states, which everything waits for (1.25 cycles a byte). So
//!
//! - the schedule is in memory, except its newest vector, which the next one waits for;
//! - the schedule runs one block ahead of the rounds, so that they never wait for it;
//! - the schedule of each lane is four groups later than that of the lane before: while one lane reads its block, which
//!   is little work, the others extend their schedules (0.90 without this).
//!
//! Source: FIPS 180-4, section 6.2.2; Intel SDM volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2.

#![allow(
    unsafe_code,
    reason = "calls of code that not every processor has, an order for the compiler, vectors made of plain data"
)]

use super::row::Lanes;
use super::{Block, States};
use crate::constants::{GROUP, ROUND_CONSTANTS};
use crate::{BLOCK_BYTES, ShaNi};
use core::arch::asm;
use core::arch::x86_64::{
    __m128i, _MM_HINT_T0, _mm_add_epi32, _mm_alignr_epi8, _mm_prefetch, _mm_set_epi64x,
    _mm_setzero_si128, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32,
    _mm_shuffle_epi8, _mm_shuffle_epi32,
};
use core::hint::black_box;
use core::mem::transmute;

/// Groups of rounds in a block.
const GROUPS: usize = ROUND_CONSTANTS.len();

/// Vectors in a block.
const BLOCK_VECTORS: usize = BLOCK_BYTES / size_of::<__m128i>();

/// The distance in bytes from a block to the block that is prefetched with it.
const PREFETCH_BYTES: usize = 512;

/// The block that is read if a lane has no block.
static NO_BLOCK: Block = [0; BLOCK_BYTES];

/// The words of each lane's schedule, one vector for each group.
type Schedules<'s, const LANES: usize> = [&'s mut [__m128i; GROUPS]; LANES];

/// Compresses `lanes.blocks()` blocks of each lane into its state.
pub(super) fn compress_3(_proof: ShaNi, states: &mut States, lanes: &Lanes<'_>) {
    // SAFETY: the proof guarantees that these instructions may run.
    unsafe { compress::<3>(states, lanes) }
}

/// Compresses `lanes.blocks()` blocks of each lane into its state.
pub(super) fn compress_2(_proof: ShaNi, states: &mut States, lanes: &Lanes<'_>) {
    // SAFETY: the proof guarantees that these instructions may run.
    unsafe { compress::<2>(states, lanes) }
}

// No closures here and below: the compiler would build them without the target features and call them out of line.
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn compress<const LANES: usize>(states: &mut States, lanes: &Lanes<'_>) {
    let zero = _mm_setzero_si128();
    let mut sums = [[zero; 2]; LANES];
    for (lane, sum) in sums.iter_mut().enumerate() {
        *sum = vectors_of_state(states.lane(lane));
    }
    let mut schedules = [[zero; GROUPS]; LANES];
    // Together with `in_order`, keeps the compiler from moving this memory into registers.
    let schedules = &mut schedules.each_mut().map(black_box);
    let sums = black_box(&mut sums);
    let mut state = *sums;
    let mut newest = [zero; LANES];

    // These rounds are those of the previous block.
    for block in 0..=lanes.blocks() {
        let mut next = [&NO_BLOCK; LANES];
        for (next, lane) in next.iter_mut().zip(lanes.pieces()) {
            *next = lane.get(block).unwrap_or(&NO_BLOCK);
            prefetch(next);
        }
        macro_rules! groups {
            ($($index:literal)+) => {
                $(group::<LANES, $index>(&mut state, schedules, &mut newest, &next);)+
            };
        }
        groups!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        if block == 0 {
            // There is no previous block: the result of these rounds is dropped.
            state = *sums;
        } else {
            for ([feba, hgdc], [feba_before, hgdc_before]) in state.iter_mut().zip(*sums) {
                *feba = _mm_add_epi32(*feba, feba_before);
                *hgdc = _mm_add_epi32(*hgdc, hgdc_before);
            }
            *sums = state;
        }
    }

    for (lane, sum) in sums.iter().enumerate() {
        states.set_lane(lane, state_of_vectors(*sum));
    }
}

/// Does the four rounds of group `INDEX` and one step of the schedule, in each lane.
#[inline]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn group<const LANES: usize, const INDEX: usize>(
    state: &mut [[__m128i; 2]; LANES],
    schedules: &mut Schedules<'_, LANES>,
    newest: &mut [__m128i; LANES],
    next: &[&Block; LANES],
) {
    for lane in 0..LANES {
        let words = &mut *schedules[lane];

        let [feba, hgdc] = state[lane];
        let addends = _mm_add_epi32(words[INDEX], vector_of_constants(ROUND_CONSTANTS[INDEX]));
        // Two rounds turn (c, d, g, h) into the next (a, b, e, f), and the old (a, b, e, f) is the next (c, d, g, h).
        let hgdc = _mm_sha256rnds2_epu32(hgdc, feba, addends);
        let high_addends = _mm_shuffle_epi32(addends, 0b00_00_11_10);
        let feba = _mm_sha256rnds2_epu32(feba, hgdc, high_addends);

        // Overwrites a group of the previous block: the rounds have already used it.
        let step = (INDEX + GROUPS - lane * BLOCK_VECTORS) % GROUPS;
        newest[lane] = if step < BLOCK_VECTORS {
            // A message's words are big-endian.
            let swap_bytes = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
            _mm_shuffle_epi8(vectors_of_block(*next[lane])[step], swap_bytes)
        } else {
            let w9_to_12 = _mm_alignr_epi8(newest[lane], words[step - 2], 4);
            let partial = _mm_sha256msg1_epu32(words[step - 4], words[step - 3]);
            _mm_sha256msg2_epu32(_mm_add_epi32(partial, w9_to_12), newest[lane])
        };
        words[step] = newest[lane];
        state[lane] = in_order(feba, hgdc);
    }
}

/// Emits no instruction. The compiler must have the state ready here, and must not move memory accesses across this
/// point.
#[inline]
fn in_order(mut feba: __m128i, mut hgdc: __m128i) -> [__m128i; 2] {
    // SAFETY: no instruction.
    unsafe {
        asm!("/* {} {} */", inout(xmm_reg) feba, inout(xmm_reg) hgdc, options(nostack, preserves_flags))
    }
    [feba, hgdc]
}

/// Prefetches the memory [`PREFETCH_BYTES`] after `block`.
fn prefetch(block: &Block) {
    let ahead = block.as_ptr().wrapping_add(PREFETCH_BYTES).cast();
    // SAFETY: a prefetch only loads a cache, and has no effect on unmapped memory.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(ahead) }
}

/// The state as the instructions need it, (f, e, b, a) and (h, g, d, c), lowest word first.
fn vectors_of_state([a, b, c, d, e, f, g, h]: [u32; 8]) -> [__m128i; 2] {
    // SAFETY: both are 32 bytes of plain data, any bit pattern is a value of either.
    unsafe { transmute::<[u32; 8], [__m128i; 2]>([f, e, b, a, h, g, d, c]) }
}

fn state_of_vectors(vectors: [__m128i; 2]) -> [u32; 8] {
    // SAFETY: both are 32 bytes of plain data, any bit pattern is a value of either.
    let [f, e, b, a, h, g, d, c] = unsafe { transmute::<[__m128i; 2], [u32; 8]>(vectors) };
    [a, b, c, d, e, f, g, h]
}

fn vectors_of_block(block: Block) -> [__m128i; BLOCK_VECTORS] {
    // SAFETY: both are 64 bytes of plain data, any bit pattern is a value of either.
    unsafe { transmute::<Block, [__m128i; BLOCK_VECTORS]>(block) }
}

fn vector_of_constants(constants: [u32; GROUP]) -> __m128i {
    // SAFETY: both are 16 bytes of plain data, any bit pattern is a value of either.
    unsafe { transmute::<[u32; GROUP], __m128i>(constants) }
}

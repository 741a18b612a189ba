//! Three lanes or two, each on the SHA extensions.
//!
//! One lane waits for itself: `sha256rnds2` does two rounds in 4 cycles, and the next one needs its result, which makes
//! 2.0 cycles a byte. The unit takes a new one every cycle, so other lanes fit in between. Measured on AMD Zen 3, with the
//! core to itself: two lanes 1.04 cycles a byte, still bound by that latency (1.0); three 0.85, bound by what the front end
//! hands out (`sha256msg2` takes a cycle of it alone) and by the two ports for shuffles, where `sha256rnds2` goes too; a
//! fourth would gain 1 % and cost 1.2 KB. While the core's other hardware thread is busy, two and three both take 1.4.
//!
//! Sixteen registers do not hold three lanes: 6 for states, 12 for schedules, and the operand that has to be `xmm0`. Left to
//! itself, the compiler spills states, which everything waits for (1.25 cycles a byte). So
//!
//! - the schedule is in memory, but for its newest vector, which the next one waits for;
//! - it runs a block ahead of the rounds, so that they never wait for it;
//! - each lane's is four groups behind that of the lane before: while one lane reads its block, which is little work, the
//!   others extend theirs (0.90 without).
//!
//! Source: FIPS 180-4, section 6.2.2; Intel SDM volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2.

#![allow(
    unsafe_code,
    reason = "calls of code that not every processor has, an order for the compiler, vectors made of plain data"
)]

use super::{Block, MAX_LANES, States};
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

/// How many bytes ahead of its use the message is asked for.
const PREFETCH_BYTES: usize = 512;

/// What is read where a lane has no block.
static NO_BLOCK: Block = [0; BLOCK_BYTES];

/// The words of each lane's schedule, a vector a group.
type Schedules<'s, const LANES: usize> = [&'s mut [__m128i; GROUPS]; LANES];

/// Brings `blocks` blocks of each lane into its state; every lane has as many.
pub(super) fn compress_3(
    _proof: ShaNi,
    states: &mut States,
    lanes: &[&[Block]; MAX_LANES],
    blocks: usize,
) {
    // SAFETY: the proof says that these instructions may run.
    unsafe { compress::<3>(states, lanes, blocks) }
}

/// Brings `blocks` blocks of each lane into its state; every lane has as many.
pub(super) fn compress_2(
    _proof: ShaNi,
    states: &mut States,
    lanes: &[&[Block]; MAX_LANES],
    blocks: usize,
) {
    // SAFETY: the proof says that these instructions may run.
    unsafe { compress::<2>(states, lanes, blocks) }
}

// No closures in here and below: they would be compiled without the features and called out of line.
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn compress<const LANES: usize>(states: &mut States, lanes: &[&[Block]; MAX_LANES], blocks: usize) {
    let zero = _mm_setzero_si128();
    let mut sums = [[zero; 2]; LANES];
    for (lane, sum) in sums.iter_mut().enumerate() {
        *sum = vectors_of_state(states.lane(lane));
    }
    let mut schedules = [[zero; GROUPS]; LANES];
    // With `in_order`: keeps the compiler from holding in registers what is to be in memory.
    let schedules = &mut schedules.each_mut().map(black_box);
    let sums = black_box(&mut sums);
    let mut state = *sums;
    let mut newest = [zero; LANES];

    // The rounds are those of the block before.
    for block in 0..=blocks {
        let mut next = [&NO_BLOCK; LANES];
        for (next, lane) in next.iter_mut().zip(lanes) {
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
            // There was none before. What came of the rounds is not taken.
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

/// In each lane, the four rounds of group `INDEX` and a step of the schedule.
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

        // With its group of the block before or later: the rounds have taken what it overwrites.
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

/// Does nothing, as far as the processor can tell. The compiler has to have the state ready here, and must not move
/// anything from memory or to memory across.
#[inline]
fn in_order(mut feba: __m128i, mut hgdc: __m128i) -> [__m128i; 2] {
    // SAFETY: no instruction.
    unsafe {
        asm!("/* {} {} */", inout(xmm_reg) feba, inout(xmm_reg) hgdc, options(nostack, preserves_flags))
    }
    [feba, hgdc]
}

/// Asks for what comes [`PREFETCH_BYTES`] behind `block`.
fn prefetch(block: &Block) {
    let ahead = block.as_ptr().wrapping_add(PREFETCH_BYTES).cast();
    // SAFETY: a prefetch does nothing but load a cache, and nothing at all where there is no memory.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(ahead) }
}

/// The state as the instructions want it, (f, e, b, a) and (h, g, d, c), lowest word first.
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

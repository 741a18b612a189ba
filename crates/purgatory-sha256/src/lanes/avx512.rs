//! Sixteen lanes, in 512-bit vectors.

use super::{Block, MAX_LANES, States};
use crate::Avx512;

fn stub(states: &mut States, lanes: &[&[Block]; MAX_LANES], blocks: usize, n: usize) {
    for lane in 0..n {
        let mut state = states.lane(lane);
        crate::Engine::scalar().compress(&mut state, &lanes[lane][..blocks]);
        states.set_lane(lane, state);
    }
}

/// Brings `blocks` blocks of each lane into its state; every lane has as many.
pub(super) fn compress_short(
    _proof: Avx512,
    states: &mut States,
    lanes: &[&[Block]; MAX_LANES],
    blocks: usize,
) {
    stub(states, lanes, blocks, 16);
}

/// Brings `blocks` blocks of each lane into its state; every lane has as many.
pub(super) fn compress_plain(
    _proof: Avx512,
    states: &mut States,
    lanes: &[&[Block]; MAX_LANES],
    blocks: usize,
) {
    stub(states, lanes, blocks, 16);
}

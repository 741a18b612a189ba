//! Eight lanes, in 256-bit vectors.

use super::{Block, MAX_LANES, States};
use crate::Avx2;

fn stub(states: &mut States, lanes: &[&[Block]; MAX_LANES], blocks: usize, n: usize) {
    for lane in 0..n {
        let mut state = states.lane(lane);
        crate::Engine::scalar().compress(&mut state, &lanes[lane][..blocks]);
        states.set_lane(lane, state);
    }
}

/// Brings `blocks` blocks of each lane into its state; every lane has as many.
pub(super) fn compress(
    _proof: Avx2,
    states: &mut States,
    lanes: &[&[Block]; MAX_LANES],
    blocks: usize,
) {
    stub(states, lanes, blocks, 8);
}

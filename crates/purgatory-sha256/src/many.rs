//! Many messages at once: a lane whose message ends gets the next message.

use crate::constants::INITIAL;
use crate::lanes::{Block, Kernel, MAX_LANES, States};
use crate::stream::{LENGTH_OFFSET, digest};
use crate::{BLOCK_BYTES, DIGEST_BYTES, Implementation};

/// Digests every message. Calls `done` with the index and the digest of each message as soon as it is ready, not in
/// order.
///
/// The messages may have any lengths. Many messages of one length are the fastest. A few long ones among short ones
/// leave lanes idle at the end.
pub fn digest_many<'m>(
    implementation: Implementation,
    messages: impl IntoIterator<Item = &'m [u8]>,
    mut done: impl FnMut(usize, [u8; DIGEST_BYTES]),
) {
    digest_all(implementation, &mut messages.into_iter(), &mut done);
}

/// The same without generic parameters, compiled once for all callers: the size of a blob matters, and two indirect
/// calls for each message cost no measurable time.
fn digest_all(
    implementation: Implementation,
    messages: &mut dyn Iterator<Item = &[u8]>,
    done: &mut dyn FnMut(usize, [u8; DIGEST_BYTES]),
) {
    let mut messages = messages.enumerate();
    let mut states = States([[0; MAX_LANES]; 8]);
    let mut lanes = [Lane::EMPTY; MAX_LANES];
    // Lanes `..live` have a message; the others do not.
    let mut live = 0;
    loop {
        while live < implementation.lanes() {
            let Some((index, message)) = messages.next() else { break };
            if let Some(lane) = lanes.get_mut(live) {
                *lane = Lane::new(index, message);
                states.set_lane(live, INITIAL);
            }
            live += 1;
        }
        if live == 0 {
            return;
        }
        step(implementation.kernel(live), &mut states, &mut lanes, live);
        // Backwards: the lane that moves into the gap has already been checked.
        for ended in (0..live).rev() {
            let Some(Lane { index, body: [], tail_left: 0, .. }) = lanes.get(ended) else {
                continue;
            };
            done(*index, digest(states.lane(ended)));
            live -= 1;
            let last = states.lane(live);
            states.set_lane(ended, last);
            lanes.swap(ended, live);
        }
    }
}

/// Advances all lanes of the kernel by the same number of blocks, until the first of them needs a new piece.
fn step(kernel: Kernel, states: &mut States, lanes: &mut [Lane<'_>; MAX_LANES], live: usize) {
    let blocks = {
        // A lane without a message gets the blocks of the first lane, and its result is not used.
        let mut pieces = [lanes[0].next(); MAX_LANES];
        for (piece, lane) in pieces.iter_mut().zip(&*lanes).take(live) {
            *piece = lane.next();
        }
        kernel.compress(states, &pieces)
    };
    for lane in lanes.iter_mut().take(live.min(kernel.lanes())) {
        lane.advance(blocks);
    }
}

/// A lane: a message that is being digested.
#[derive(Clone, Copy)]
struct Lane<'m> {
    /// Its index among the messages.
    index: usize,
    /// Its remaining whole blocks.
    body: &'m [Block],
    /// The blocks after them: the rest of the message, and the padding.
    tail: [Block; 2],
    /// The number of remaining blocks of `tail`, counted from its end.
    tail_left: usize,
}

impl<'m> Lane<'m> {
    const EMPTY: Self = Self { index: 0, body: &[], tail: [[0; BLOCK_BYTES]; 2], tail_left: 0 };

    fn new(index: usize, message: &'m [u8]) -> Self {
        let (body, rest) = message.as_chunks();
        // FIPS 180-4, section 5.1.1: a one bit, zeros, the length in bits. If the length does not fit, it takes another
        // block.
        let tail_left = if rest.len() < LENGTH_OFFSET as usize { 1 } else { 2 };
        let mut tail = [[0; BLOCK_BYTES]; 2];
        let bytes = tail.as_flattened_mut();
        let start = (2 - tail_left) * BLOCK_BYTES;
        for (to, from) in bytes.iter_mut().skip(start).zip(rest.iter().chain(&[0x80])) {
            *to = *from;
        }
        if let Some(length) = bytes.last_chunk_mut() {
            *length = (message.len() as u64).wrapping_mul(8).to_be_bytes();
        }
        Self { index, body, tail, tail_left }
    }

    /// Returns the blocks that can be compressed next in one call.
    fn next(&self) -> &[Block] {
        if self.body.is_empty() {
            self.tail.get(self.tail.len().saturating_sub(self.tail_left)..).unwrap_or_default()
        } else {
            self.body
        }
    }

    /// Removes `blocks` of [`Lane::next`], which have been compressed.
    fn advance(&mut self, blocks: usize) {
        match self.body.get(blocks..) {
            Some(rest) if !self.body.is_empty() => self.body = rest,
            _ => self.tail_left = self.tail_left.saturating_sub(blocks),
        }
    }
}

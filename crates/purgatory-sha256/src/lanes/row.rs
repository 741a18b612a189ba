//! The blocks that a kernel reads: one of each lane at a time. A row exists only if every lane has the block, so that
//! kernels read without checks.

#![allow(unsafe_code, reason = "reads of blocks that were checked once for all lanes")]

use super::{Block, MAX_LANES};

/// The lanes of one call of a kernel.
pub(super) struct Lanes<'l> {
    pieces: &'l [&'l [Block]; MAX_LANES],
    /// The number of lanes of the kernel, at most [`MAX_LANES`].
    count: usize,
    /// The number of blocks of the shortest of these lanes.
    blocks: usize,
}

impl<'l> Lanes<'l> {
    /// Returns the first `count` lanes.
    pub(super) fn new(pieces: &'l [&'l [Block]; MAX_LANES], count: usize) -> Self {
        let blocks = pieces.iter().take(count).map(|lane| lane.len()).min().unwrap_or(0);
        Self { pieces, count, blocks }
    }

    /// Returns the blocks of each lane, also of lanes beyond those of the kernel.
    pub(super) fn pieces(&self) -> &'l [&'l [Block]; MAX_LANES] {
        self.pieces
    }

    /// Returns the number of blocks that each lane has.
    pub(super) fn blocks(&self) -> usize {
        self.blocks
    }

    /// Returns the first block of each of `LANES` lanes; `None` if there are fewer lanes, or if one has no block.
    #[inline]
    pub(super) fn first_row<const LANES: usize>(&self) -> Option<Row<'l, LANES>> {
        if LANES > self.count {
            return None;
        }
        Row { pieces: self.pieces.first_chunk()?, index: 0, blocks: self.blocks }.checked()
    }
}

/// The blocks of all lanes at one index.
#[derive(Clone, Copy)]
pub(super) struct Row<'l, const LANES: usize> {
    pieces: &'l [&'l [Block]; LANES],
    /// Less than `blocks`.
    index: usize,
    /// At most the number of blocks of the shortest lane.
    blocks: usize,
}

impl<'l, const LANES: usize> Row<'l, LANES> {
    /// Returns the row if every lane has its block.
    #[inline]
    fn checked(self) -> Option<Self> {
        (self.index < self.blocks).then_some(self)
    }

    /// Returns the following row; `None` if a lane ends before it.
    #[inline(always)]
    pub(super) fn next(self) -> Option<Self> {
        Self { index: self.index + 1, ..self }.checked()
    }

    /// Returns the block of one lane.
    #[inline(always)]
    pub(super) fn block(self, lane: usize) -> &'l Block {
        // SAFETY: `checked` found that the index is less than `blocks`, and `Lanes::new` that every lane has as many.
        unsafe { self.pieces[lane].get_unchecked(self.index) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BLOCK_BYTES;

    const BLOCKS: [Block; 3] = [[0; BLOCK_BYTES], [1; BLOCK_BYTES], [2; BLOCK_BYTES]];

    #[test]
    fn rows_end_with_the_shortest_lane_of_the_kernel() {
        let mut pieces = [&BLOCKS[..]; MAX_LANES];
        pieces[1] = &BLOCKS[1..];
        // Not a lane of a kernel with two lanes.
        pieces[2] = &[];
        let lanes = Lanes::new(&pieces, 2);
        assert_eq!(lanes.blocks(), 2);
        let first = lanes.first_row::<2>().expect("every lane has a block");
        assert_eq!([first.block(0), first.block(1)], [&BLOCKS[0], &BLOCKS[1]]);
        let second = first.next().expect("every lane has two blocks");
        assert_eq!([second.block(0), second.block(1)], [&BLOCKS[1], &BLOCKS[2]]);
        assert!(second.next().is_none());
    }

    #[test]
    fn there_is_no_row_of_an_empty_lane_or_of_more_lanes_than_checked() {
        let mut pieces = [&BLOCKS[..]; MAX_LANES];
        pieces[2] = &[];
        assert!(Lanes::new(&pieces, 3).first_row::<3>().is_none());
        assert!(Lanes::new(&pieces, 2).first_row::<2>().is_some());
        assert!(Lanes::new(&pieces, 2).first_row::<3>().is_none());
        assert!(Lanes::new(&pieces, 0).first_row::<1>().is_none());
        assert!(Lanes::new(&pieces, MAX_LANES + 1).first_row::<{ MAX_LANES + 1 }>().is_none());
    }
}

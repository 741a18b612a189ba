//! Placement of segments in free memory.

use super::ranges::without;
use alloc::vec::Vec;
use core::ops::Range;
use core::slice;
use purgatory_abi::PAGE;
use thiserror::Error;

/// The end of the memory from which the search for a place starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The lowest place.
    BottomUp,
    /// The highest place.
    TopDown,
}

/// Places segments in given memory, in whole pages of [`PAGE`] bytes.
///
/// It gives addresses before the contents exist: `boot_params`, for example, contains the address of the initrd.
///
/// ```
/// use purgatory_loader::segments::{Direction, Placer};
///
/// let mut placer = Placer::over([0x1000..0x9_fc00, 0x10_0000..0x400_0000])?;
/// assert_eq!(placer.place(0x2_0000, 0x1000, 0..u64::MAX, Direction::TopDown)?, 0x3fe_0000);
/// placer.reserve(0x10_0000..0x20_0000)?;
/// assert_eq!(placer.place(5000, 0x1000, 0x10_0000..u64::MAX, Direction::BottomUp)?, 0x20_0000);
/// # Ok::<(), purgatory_loader::segments::PlacerError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Placer {
    /// Sorted, and no two ranges are adjacent.
    ram: Vec<Range<u64>>,
    /// The free part of it: sorted and disjoint, without empty ranges.
    free: Vec<Range<u64>>,
}

/// The reason why the placer rejects its memory ranges, or cannot reserve a place. Ranges are half-open and physical.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum PlacerError {
    /// A range ends before it starts.
    #[error("the memory range {:#x}-{:#x} ends before it starts", range.start, range.end)]
    Backwards { range: Range<u64> },
    /// The size is 0.
    #[error("cannot place 0 bytes: leave out empty segments")]
    Empty,
    /// The alignment is not a power of two.
    #[error("alignment {align:#x} is invalid: give a power of two")]
    Alignment { align: u64 },
    /// No free range fits the size, the alignment and the limits.
    #[error(
        "no free range of {memsz} bytes at a multiple of {align:#x} in {:#x}-{:#x}: the largest free range there, at any alignment, has {largest} bytes",
        within.start, within.end
    )]
    NoRoom { memsz: u64, align: u64, within: Range<u64>, largest: u64 },
    /// The range is not, or not completely, in the memory.
    #[error("{:#x}-{:#x} is not in loadable memory", range.start, range.end)]
    OutsideRam { range: Range<u64> },
    /// A part of the range is in use.
    #[error("{:#x}-{:#x} is in use from {at:#x} on", range.start, range.end)]
    InUse { range: Range<u64>, at: u64 },
}

impl Placer {
    /// Makes a placer for these ranges of RAM, in any order. Pages that are only partly RAM are not used.
    ///
    /// # Errors
    ///
    /// Returns [`PlacerError::Backwards`] if a range ends before it starts.
    pub fn over(ram: impl IntoIterator<Item = Range<u64>>) -> Result<Self, PlacerError> {
        let mut given: Vec<Range<u64>> = ram.into_iter().collect();
        if let Some(range) = given.iter().find(|range| range.start > range.end) {
            return Err(PlacerError::Backwards { range: range.clone() });
        }
        given.sort_by_key(|range| range.start);
        // Two ranges may share a page, so adjacent ranges are joined before they are cut to pages.
        let mut joined: Vec<Range<u64>> = Vec::new();
        for range in given {
            match joined.last_mut() {
                Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        let pages = joined.into_iter().filter_map(|range| {
            let start = range.start.checked_next_multiple_of(PAGE)?;
            let end = range.end - range.end % PAGE;
            (start < end).then_some(start..end)
        });
        let ram: Vec<_> = pages.collect();
        Ok(Self { free: ram.clone(), ram })
    }

    /// Returns the RAM, free or in use: sorted, in whole pages, no two ranges adjacent.
    pub fn ram(&self) -> &[Range<u64>] {
        &self.ram
    }

    /// Returns the free RAM: sorted and disjoint.
    pub fn free(&self) -> &[Range<u64>] {
        &self.free
    }

    /// Reserves a place for `memsz` bytes, and returns its address: a multiple of `align` and of [`PAGE`]. The whole
    /// place is inside `within`, with the rest of its last page.
    ///
    /// # Errors
    ///
    /// Returns [`PlacerError::Empty`], [`PlacerError::Alignment`] or [`PlacerError::NoRoom`].
    pub fn place(
        &mut self,
        memsz: u64,
        align: u64,
        within: Range<u64>,
        direction: Direction,
    ) -> Result<u64, PlacerError> {
        if memsz == 0 {
            return Err(PlacerError::Empty);
        }
        if !align.is_power_of_two() {
            return Err(PlacerError::Alignment { align });
        }
        let pages = memsz.checked_next_multiple_of(PAGE);
        let fit = |free: &Range<u64>| {
            let (start, end) = (free.start.max(within.start), free.end.min(within.end));
            fit(start..end, pages?, align.max(PAGE), direction)
        };
        let start = match direction {
            Direction::BottomUp => self.free.iter().find_map(fit),
            Direction::TopDown => self.free.iter().rev().find_map(fit),
        };
        match (start, pages) {
            (Some(start), Some(pages)) => {
                self.take(&(start..start + pages));
                Ok(start)
            }
            _ => Err(PlacerError::NoRoom { memsz, align, largest: self.largest(&within), within }),
        }
    }

    /// Reserves the pages of a given range.
    ///
    /// # Errors
    ///
    /// Returns [`PlacerError::Backwards`], [`PlacerError::Empty`], [`PlacerError::OutsideRam`] or
    /// [`PlacerError::InUse`].
    pub fn reserve(&mut self, range: Range<u64>) -> Result<(), PlacerError> {
        if range.start > range.end {
            return Err(PlacerError::Backwards { range });
        }
        if range.is_empty() {
            return Err(PlacerError::Empty);
        }
        let start = range.start - range.start % PAGE;
        let Some(end) = range.end.checked_next_multiple_of(PAGE) else {
            return Err(PlacerError::OutsideRam { range });
        };
        let holds = |outer: &&Range<u64>| outer.start <= start && end <= outer.end;
        if !self.ram.iter().any(|ram| holds(&ram)) {
            return Err(PlacerError::OutsideRam { range });
        }
        if self.free.iter().find(holds).is_none() {
            // Free up to the end of the free range that contains the start, otherwise in use from the start.
            let free = self.free.iter().find(|free| free.contains(&start));
            return Err(PlacerError::InUse { range, at: free.map_or(start, |free| free.end) });
        }
        self.take(&(start..end));
        Ok(())
    }

    /// Removes a range from the free RAM.
    pub(super) fn take(&mut self, taken: &Range<u64>) {
        self.free = without(&self.free, slice::from_ref(taken));
    }

    /// Returns the bytes of the largest free range inside `within`.
    fn largest(&self, within: &Range<u64>) -> u64 {
        let inside = |free: &Range<u64>| {
            free.end.min(within.end).saturating_sub(free.start.max(within.start))
        };
        self.free.iter().map(inside).max().unwrap_or_default()
    }
}

/// Returns the place for `memsz` bytes inside `range`, if it is large enough.
fn fit(range: Range<u64>, memsz: u64, align: u64, direction: Direction) -> Option<u64> {
    let start = match direction {
        Direction::BottomUp => range.start.checked_next_multiple_of(align)?,
        Direction::TopDown => {
            let highest = range.end.checked_sub(memsz)?;
            highest - highest % align
        }
    };
    let end = start.checked_add(memsz)?;
    (range.start <= start && end <= range.end).then_some(start)
}

//! The parts of memory that faults hit.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A part of the loaded image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Payloads of the digested segments.
    Payload,
    /// The last bytes of payloads and the first bytes of the zero padding after them.
    SegmentEnd,
    /// Zero padding.
    Zeros,
    /// Digests: of a drop-in, or of the native list.
    Digests,
    /// The table of regions, or the header and the entries of the native list.
    List,
    /// The native header, without the registers.
    Header,
    /// The registers with which the image is entered.
    Registers,
    /// All other symbols that the loader sets.
    Switches,
    /// Instructions and constants.
    Code,
    /// The copies of the native purgatory's header, instructions and constants.
    Copies,
    /// Bytes that the loader relocates.
    Relocated,
    /// Zeroed memory and stack.
    Bss,
    /// The description of the crashed kernel's memory.
    Elfcorehdr,
}

impl Target {
    /// Returns how often a fault hits this target, compared with the others. The relocated bytes of our purgatories are
    /// few: three entries of a table.
    #[must_use]
    pub const fn weight(self) -> u64 {
        match self {
            Self::Relocated => 1,
            _ => 10,
        }
    }
}

/// A target with the memory that belongs to it: at least one range, none of them empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The target.
    pub target: Target,
    /// Its physical addresses.
    pub ranges: Vec<Range<u64>>,
}

impl Part {
    /// Returns the number of bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.ranges.iter().map(|range| range.end - range.start).sum()
    }

    /// Returns the address of the byte at this offset, and the range that it is in.
    #[must_use]
    pub fn address(&self, mut offset: u64) -> Option<(u64, Range<u64>)> {
        for range in &self.ranges {
            let bytes = range.end - range.start;
            if offset < bytes {
                return Some((range.start + offset, range.clone()));
            }
            offset -= bytes;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_through_all_ranges() {
        let part = Part { target: Target::Code, ranges: vec![0x1000..0x1004, 0x2000..0x2002] };
        assert_eq!(part.bytes(), 6);
        assert_eq!(
            [3, 4, 5, 6].map(|at| part.address(at).map(|place| place.0)),
            [Some(0x1003), Some(0x2000), Some(0x2001), None]
        );
    }
}

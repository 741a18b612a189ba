//! The report: a type for each kind of line, with its writer for the blob and its parser for tools and tests.
//!
//! Each kind of line has one form string, which the writer and the parser both interpret. `docs/report.md` explains the
//! lines; its examples and tables are tested against this module.

mod form;
mod headline;
#[cfg(any(test, feature = "alloc"))]
mod log;
mod region;
mod segment;
mod state;
mod verdict;

pub use headline::{DigestLine, DigestOf, Headline, Part, Place, SpeedLine, WarningLine};
#[cfg(any(test, feature = "alloc"))]
pub use log::{ChunkReport, Report, SegmentReport};
pub use region::{Content, Contents, Fill, OneDigestLine, RegionLine};
pub use segment::{ChunkLine, Corruption, NonzeroLine, SegmentLine};
pub use state::{FaultLine, OwnLine, PointersLine, REGISTERS, RegisterLine, registers};
pub use verdict::VerdictLine;

use crate::Region;

/// The start of each line of a report.
pub const PREFIX: &str = "purgatory: ";

/// The end of each line of a report. Terminals need both characters.
pub const END: &str = "\r\n";

/// A destination of text.
pub trait Sink {
    /// Receives bytes. A sink that cannot use them drops them: there is no place to report that.
    fn put(&mut self, bytes: &[u8]);
}

/// A line that can be written.
///
/// The blob writes each kind by itself, and never a [`Line`]: it has no room for the kinds that it does not write.
pub trait Write {
    /// Writes the line, from [`PREFIX`] to [`END`].
    fn write<S: Sink>(&self, sink: &mut S);
}

/// A line that can be parsed.
trait Parse<'a>: Sized {
    /// Parses the text between [`PREFIX`] and [`END`]. Returns `None` if it is of another kind or malformed.
    fn parse(text: &'a str) -> Option<Self>;
}

/// Declares the enum of all kinds.
macro_rules! lines {
    ($($(#[$doc:meta])* $kind:ident($of:ty),)+) => {
        /// A line of a report.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Line<'a> {
            $($(#[$doc])* $kind($of),)+
        }

        impl Write for Line<'_> {
            fn write<S: Sink>(&self, sink: &mut S) {
                match self {
                    $(Self::$kind(line) => line.write(sink),)+
                }
            }
        }

        impl<'a> Line<'a> {
            /// Parses a line, with or without its end.
            ///
            /// Other text may precede [`PREFIX`], as in a serial log. Text inside another line of a report is not a
            /// line. Returns `None` if this is not a line of a report, or if it is malformed.
            #[must_use]
            pub fn parse(line: &'a str) -> Option<Self> {
                let text = own_text(line)?;
                None$(.or_else(|| Parse::parse(text).map(Self::$kind)))+
            }
        }

        $(impl<'a> From<$of> for Line<'a> {
            fn from(line: $of) -> Self {
                Self::$kind(line)
            }
        })+
    };
}

lines! {
    /// A warning.
    Warning(WarningLine<'a>),
    /// The result of the verification, and the place of a defect.
    Headline(Headline),
    /// A digest.
    Digest(DigestLine),
    /// A region of an image with one digest.
    Region(RegionLine),
    /// One digest covers all regions.
    OneDigest(OneDigestLine),
    /// A segment of an image with a digest for each chunk.
    Segment(SegmentLine),
    /// The first corrupted chunk of a segment.
    Chunk(ChunkLine),
    /// The first byte of a segment's zero padding that is non-zero or unmapped.
    Nonzero(NonzeroLine),
    /// The amount of digested memory, and the speed.
    Speed(SpeedLine),
    /// An unexpected exception.
    Fault(FaultLine),
    /// Instruction pointer, stack pointer and flags at the exception.
    Pointers(PointersLine),
    /// The memory of the purgatory.
    Own(OwnLine),
    /// A general register at the exception.
    Register(RegisterLine<'a>),
    /// The verdict.
    Verdict(VerdictLine<'a>),
}

/// The text of a line after the first [`PREFIX`], without its end.
fn own_text(line: &str) -> Option<&str> {
    let (_, text) = line.split_once(PREFIX)?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    Some(text.strip_suffix('\r').unwrap_or(text))
}

/// Whether this is a line of a report, well-formed or not.
#[must_use]
pub fn has_prefix(line: &str) -> bool {
    own_text(line).is_some()
}

/// The parsed lines of a report, or of a serial log with reports. Skips other lines.
pub fn lines(log: &str) -> impl Iterator<Item = Line<'_>> {
    log.lines().filter_map(Line::parse)
}

/// The first and the last address of a region, as all lines print them.
///
/// The last byte of a region that wraps has no valid address: the sum is printed as it wraps.
fn bounds(region: Region) -> (u64, u64) {
    (region.start, region.start.wrapping_add(region.len).wrapping_sub(1))
}

/// The region with these bounds.
fn between(first: u64, last: u64) -> Region {
    Region { start: first, len: last.wrapping_sub(first).wrapping_add(1) }
}

/// The region with these bounds and this length, if they agree.
fn checked(first: u64, last: u64, len: u64) -> Option<Region> {
    let region = Region { start: first, len };
    (bounds(region) == (first, last)).then_some(region)
}

/// A digest in hexadecimal.
fn digest(hex: &str) -> Option<[u8; crate::DIGEST_BYTES]> {
    let mut digest = [0; crate::DIGEST_BYTES];
    if hex.len() != 2 * digest.len() {
        return None;
    }
    for (index, byte) in digest.iter_mut().enumerate() {
        let at = 2 * index;
        *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(any(test, feature = "alloc"))]
impl Sink for alloc::vec::Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod docs;
#[cfg(test)]
mod tests;

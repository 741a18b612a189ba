//! Lines of images with a digest for each chunk.

use super::form::{self, Value};
use super::region::Fill;
use super::{Parse, Sink, Write, between, bounds, checked};
use crate::Region;
use crate::native::SegmentKind;

const SEGMENT: &str = "segment %2d  %x-%x  %12d bytes  %s";
const NOT_VERIFIED: &str = "  not verified";
const CORRUPTED: &str = "  corrupted: %d of %d chunks, first %d";
const CHUNK: &str = "  chunk %d  %x-%x";
const NONZERO: &str = "  not zero at %x";

/// A segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentLine {
    /// Its index in the list.
    pub index: u8,
    /// Its memory, zero padding included.
    pub region: Region,
    /// Its kind.
    pub kind: SegmentKind,
    /// Whether it is verified.
    pub verified: bool,
    /// The corruption of its payload, if there is any.
    pub corruption: Option<Corruption>,
}

/// The corruption of a segment's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// The number of corrupted chunks.
    pub corrupted: u64,
    /// The number of all its chunks.
    pub chunks: u64,
    /// The index of the first corrupted chunk.
    pub first: u64,
}

impl Write for SegmentLine {
    #[inline]
    fn write<S: Sink>(&self, sink: &mut S) {
        form::start(sink);
        let (first, last) = bounds(self.region);
        let index = u64::from(self.index).into();
        let kind = self.kind.name().into();
        let args = [index, first.into(), last.into(), self.region.len.into(), kind];
        form::write(sink, SEGMENT, &args);
        if !self.verified {
            sink.put(NOT_VERIFIED.as_bytes());
        }
        if let Some(Corruption { corrupted, chunks, first }) = self.corruption {
            form::write(sink, CORRUPTED, &[corrupted.into(), chunks.into(), first.into()]);
        }
        form::end(sink);
    }
}

impl Parse<'_> for SegmentLine {
    fn parse(text: &str) -> Option<Self> {
        let (
            [
                Value::Number(index),
                Value::Number(first),
                Value::Number(last),
                Value::Number(length),
                Value::Text(kind),
            ],
            rest,
        ) = form::read(SEGMENT, text)?
        else {
            return None;
        };
        let excluded = rest.strip_prefix(NOT_VERIFIED);
        let rest = excluded.unwrap_or(rest);
        let corruption = match (rest, form::read(CORRUPTED, rest)) {
            ("", _) => None,
            (
                _,
                Some(([Value::Number(corrupted), Value::Number(chunks), Value::Number(first)], "")),
            ) => Some(Corruption { corrupted, chunks, first }),
            _ => return None,
        };
        Some(Self {
            index: u8::try_from(index).ok()?,
            region: checked(first, last, length)?,
            kind: SegmentKind::from_name(kind)?,
            verified: excluded.is_none(),
            corruption,
        })
    }
}

/// The first corrupted chunk of the preceding segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkLine {
    /// Its index in the segment.
    pub index: u64,
    /// Its memory.
    pub region: Region,
    /// Whether all of its bytes are the same.
    pub fill: Option<Fill>,
}

impl Write for ChunkLine {
    #[inline]
    fn write<S: Sink>(&self, sink: &mut S) {
        form::start(sink);
        let (first, last) = bounds(self.region);
        form::write(sink, CHUNK, &[self.index.into(), first.into(), last.into()]);
        sink.put(Fill::text(self.fill).as_bytes());
        form::end(sink);
    }
}

impl Parse<'_> for ChunkLine {
    fn parse(text: &str) -> Option<Self> {
        let ([Value::Number(index), Value::Number(first), Value::Number(last)], rest) =
            form::read(CHUNK, text)?
        else {
            return None;
        };
        let (fill, rest) = Fill::parse(rest);
        rest.is_empty().then_some(Self { index, region: between(first, last), fill })
    }
}

/// The first byte of the preceding segment's zero padding that is non-zero or unmapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonzeroLine {
    /// Its physical address.
    pub address: u64,
}

impl Write for NonzeroLine {
    fn write<S: Sink>(&self, sink: &mut S) {
        form::line(sink, NONZERO, &[self.address.into()]);
    }
}

impl Parse<'_> for NonzeroLine {
    fn parse(text: &str) -> Option<Self> {
        match form::read(NONZERO, text)? {
            ([Value::Number(address)], "") => Some(Self { address }),
            _ => None,
        }
    }
}

//! Lines of both kinds of images: warnings, the headline, digests and the speed.

use super::form::{self, Value};
use super::{Parse, Sink, Write, digest};
use crate::DIGEST_BYTES;
use crate::status::{Status, Warning};
use core::borrow::Borrow;

const WARNING: &str = "warning: %s at %x %s";
const STATUS: &str = "%s";
const AT: &str = " at %x";
const IN_REGION: &str = " in region %d";
const IN_SEGMENT: &str = " in segment %d";
const EXPECTED: &str = "expected sha256 %h";
const ACTUAL: &str = "actual   sha256 %h";
const CHUNK_EXPECTED: &str = "  expected sha256 %h";
const CHUNK_ACTUAL: &str = "  actual   sha256 %h";
const SPEED: &str = "%d bytes, %d.%d TSC ticks a byte";
const ZEROS: &str = ", and %d bytes of zeros";

/// A warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarningLine<'a> {
    /// The kind of the warning.
    pub warning: Warning,
    /// The physical address of the problem.
    pub address: u64,
    /// The text at that address, if it is text. The writer replaces spaces and unprintable bytes with dots.
    pub text: &'a [u8],
}

impl Write for WarningLine<'_> {
    fn write<S: Sink>(&self, sink: &mut S) {
        let args = [self.warning.name().into(), self.address.into(), self.text.into()];
        form::line(sink, WARNING, &args);
    }
}

impl<'a> Parse<'a> for WarningLine<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        match form::read(WARNING, text)? {
            ([Value::Text(name), Value::Number(address), Value::Text(text)], "") => {
                Some(Self { warning: Warning::from_name(name)?, address, text: text.as_bytes() })
            }
            _ => None,
        }
    }
}

/// The result of the verification, and the place of a defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headline {
    /// The result.
    pub status: Status,
    /// The place of the defect, if the status has one.
    pub place: Option<Place>,
}

/// A place in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The physical address.
    pub address: u64,
    /// The part of the image, if the defect is in one.
    pub part: Option<Part>,
}

/// A part of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The region in this slot of the table.
    Region(u8),
    /// The segment with this index in the list.
    Segment(u8),
}

impl Part {
    #[inline(always)]
    fn form(self) -> (&'static str, u8) {
        match self {
            Self::Region(slot) => (IN_REGION, slot),
            Self::Segment(index) => (IN_SEGMENT, index),
        }
    }

    /// Parses the end of a headline.
    fn parse(text: &str) -> Option<Self> {
        let number = |form| match form::read(form, text)? {
            ([Value::Number(number)], "") => u8::try_from(number).ok(),
            _ => None,
        };
        let segment = || number(IN_SEGMENT).map(Self::Segment);
        number(IN_REGION).map(Self::Region).or_else(segment)
    }
}

impl Write for Headline {
    #[inline(always)]
    fn write<S: Sink>(&self, sink: &mut S) {
        form::start(sink);
        form::write(sink, STATUS, &[self.status.name().into()]);
        if let Some(Place { address, part }) = self.place {
            form::write(sink, AT, &[address.into()]);
            if let Some((form, number)) = part.map(Part::form) {
                form::write(sink, form, &[u64::from(number).into()]);
            }
        }
        form::end(sink);
    }
}

impl Parse<'_> for Headline {
    fn parse(text: &str) -> Option<Self> {
        let ([Value::Text(name)], rest) = form::read(STATUS, text)? else { return None };
        let status = Status::from_name(name)?;
        let place = match (rest, form::read(AT, rest)) {
            ("", _) => None,
            (_, Some(([Value::Number(address)], ""))) => Some(Place { address, part: None }),
            (_, Some(([Value::Number(address)], rest))) => {
                Some(Place { address, part: Some(Part::parse(rest)?) })
            }
            _ => return None,
        };
        Some(Self { status, place })
    }
}

/// A digest. The writer also accepts a reference, which saves a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestLine<D = [u8; DIGEST_BYTES]> {
    /// The origin of the digest.
    pub of: DigestOf,
    /// The digest.
    pub digest: D,
}

/// The origin of the digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestOf {
    /// Of all regions, by the loader.
    ExpectedImage,
    /// Of all regions, as they are in memory.
    ActualImage,
    /// Of the first corrupted chunk, by the loader.
    ExpectedChunk,
    /// Of the first corrupted chunk, as it is in memory. Of a chunk that is not all mapped: of the mapped bytes.
    ActualChunk,
}

impl DigestOf {
    #[inline]
    fn form(self) -> &'static str {
        match self {
            Self::ExpectedImage => EXPECTED,
            Self::ActualImage => ACTUAL,
            Self::ExpectedChunk => CHUNK_EXPECTED,
            Self::ActualChunk => CHUNK_ACTUAL,
        }
    }
}

impl<D: Borrow<[u8; DIGEST_BYTES]>> Write for DigestLine<D> {
    #[inline(always)]
    fn write<S: Sink>(&self, sink: &mut S) {
        form::line(sink, self.of.form(), &[self.digest.borrow()[..].into()]);
    }
}

impl Parse<'_> for DigestLine {
    fn parse(text: &str) -> Option<Self> {
        let all = [
            DigestOf::ExpectedImage,
            DigestOf::ActualImage,
            DigestOf::ExpectedChunk,
            DigestOf::ActualChunk,
        ];
        all.into_iter().find_map(|of| match form::read(of.form(), text)? {
            ([Value::Text(hex)], "") => Some(Self { of, digest: digest(hex)? }),
            _ => None,
        })
    }
}

/// The amount of digested memory, and the speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeedLine {
    /// The number of digested bytes.
    pub bytes: u64,
    /// Ticks of the time-stamp counter for each byte, in tenths.
    pub tenths: u64,
    /// The number of bytes of zero padding that were checked. Only the native purgatory reports it.
    pub zeros: Option<u64>,
}

impl Write for SpeedLine {
    #[inline]
    fn write<S: Sink>(&self, sink: &mut S) {
        form::start(sink);
        let args = [self.bytes.into(), (self.tenths / 10).into(), (self.tenths % 10).into()];
        form::write(sink, SPEED, &args);
        if let Some(zeros) = self.zeros {
            form::write(sink, ZEROS, &[zeros.into()]);
        }
        form::end(sink);
    }
}

impl Parse<'_> for SpeedLine {
    fn parse(text: &str) -> Option<Self> {
        let ([Value::Number(bytes), Value::Number(whole), Value::Number(tenth @ 0..=9)], rest) =
            form::read(SPEED, text)?
        else {
            return None;
        };
        let zeros = match (rest, form::read(ZEROS, rest)) {
            ("", _) => None,
            (_, Some(([Value::Number(zeros)], ""))) => Some(zeros),
            _ => return None,
        };
        Some(Self { bytes, tenths: whole.checked_mul(10)?.checked_add(tenth)?, zeros })
    }
}

//! Lines of both kinds of images: warnings, the headline, digests and the speed.

use super::form::{self, Arg, Value};
use super::{Kind, Sink, digest};
use crate::DIGEST_BYTES;
use crate::status::{Status, Warning};

const WARNING: &str = "warning: %s at %x %s";
const STATUS: &str = "%s";
const AT: &str = "%s at %x";
const IN_REGION: &str = "%s at %x in region %d";
const IN_SEGMENT: &str = "%s at %x in segment %d";
const EXPECTED: &str = "expected sha256 %h";
const ACTUAL: &str = "actual   sha256 %h";
const CHUNK_EXPECTED: &str = "  expected sha256 %h";
const CHUNK_ACTUAL: &str = "  actual   sha256 %h";
const SPEED: &str = "%d bytes, %d.%d TSC ticks a byte";
const ZEROS: &str = ", and %d bytes of zeros";

/// A warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarningLine<'a> {
    /// What is odd.
    pub warning: Warning,
    /// The physical address of it.
    pub address: u64,
    /// The text at that address, if it is text. The writer replaces spaces and unprintable bytes with dots.
    pub text: &'a [u8],
}

impl<'a> Kind<'a> for WarningLine<'a> {
    fn text<S: Sink>(&self, sink: &mut S) {
        let args = [self.warning.name().into(), self.address.into(), self.text.into()];
        form::write(sink, WARNING, &args);
    }

    fn parse(text: &'a str) -> Option<Self> {
        match form::read(WARNING, text)? {
            ([Value::Text(name), Value::Number(address), Value::Text(text)], "") => {
                Some(Self { warning: Warning::from_name(name)?, address, text: text.as_bytes() })
            }
            _ => None,
        }
    }
}

/// How the verification ended, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headline {
    /// How it ended.
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

impl Kind<'_> for Headline {
    #[inline]
    fn text<S: Sink>(&self, sink: &mut S) {
        let status = self.status.name().into();
        let Some(Place { address, part }) = self.place else {
            return form::write(sink, STATUS, &[status]);
        };
        let (form, number) = match part {
            None => return form::write(sink, AT, &[status, address.into()]),
            Some(Part::Region(slot)) => (IN_REGION, slot),
            Some(Part::Segment(index)) => (IN_SEGMENT, index),
        };
        form::write(sink, form, &[status, address.into(), u64::from(number).into()]);
    }

    fn parse(text: &str) -> Option<Self> {
        let numbered = |form, part: fn(u8) -> Part| match form::read(form, text)? {
            ([Value::Text(name), Value::Number(address), Value::Number(number)], "") => {
                Some((name, Some(Place { address, part: Some(part(u8::try_from(number).ok()?)) })))
            }
            _ => None,
        };
        let at = || match form::read(AT, text)? {
            ([Value::Text(name), Value::Number(address)], "") => {
                Some((name, Some(Place { address, part: None })))
            }
            _ => None,
        };
        let (name, place) = numbered(IN_REGION, Part::Region)
            .or_else(|| numbered(IN_SEGMENT, Part::Segment))
            .or_else(at)
            .unwrap_or((text, None));
        Some(Self { status: Status::from_name(name)?, place })
    }
}

/// A digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestLine {
    /// Whose digest it is.
    pub of: DigestOf,
    /// The digest.
    pub digest: [u8; DIGEST_BYTES],
}

/// Whose digest it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestOf {
    /// Of all regions, by the loader.
    ExpectedImage,
    /// Of all regions, as they are in memory.
    ActualImage,
    /// Of the first damaged chunk, by the loader.
    ExpectedChunk,
    /// Of the first damaged chunk, as it is in memory. Of a chunk that is not all mapped: of the mapped bytes.
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

impl Kind<'_> for DigestLine {
    #[inline]
    fn text<S: Sink>(&self, sink: &mut S) {
        form::write(sink, self.of.form(), &[self.digest[..].into()]);
    }

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

/// How much was digested, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeedLine {
    /// How many bytes were digested.
    pub bytes: u64,
    /// Ticks of the time-stamp counter for each byte, in tenths.
    pub tenths: u64,
    /// How many bytes were checked for zeros. Only the native purgatory reports it.
    pub zeros: Option<u64>,
}

impl Kind<'_> for SpeedLine {
    #[inline]
    fn text<S: Sink>(&self, sink: &mut S) {
        form::write(sink, SPEED, &[self.bytes, self.tenths / 10, self.tenths % 10].map(Arg::from));
        if let Some(zeros) = self.zeros {
            form::write(sink, ZEROS, &[zeros.into()]);
        }
    }

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

//! Text without `core::fmt`, for which there is no room in the blob.

use crate::sink::Sink;
use purgatory_abi::verdict;

/// A piece of a line that is not known when the line is written down.
#[derive(Clone, Copy)]
pub(super) enum Arg<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl From<u64> for Arg<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a [u8]> for Arg<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Bytes(text.as_bytes())
    }
}

/// What ends a line: terminals want both.
pub(super) const END: &[u8] = b"\r\n";

/// Writes one line: the report's prefix, then `form`, in which each `%` and the letter behind it stand for the next of
/// `args`:
///
/// | form | stands for |
/// | --- | --- |
/// | `%d` | a number, decimal; with digits before the letter, at least that wide |
/// | `%x` | a number, `0x` and sixteen digits |
/// | `%s` | a word; what is not printable, and a space, becomes a dot, so that nothing in it looks like a line of ours |
/// | `%h` | bytes, two digits each |
pub(super) fn line<S: Sink>(sink: &mut S, form: &str, args: &[Arg<'_>]) {
    sink.put(verdict::LINE.as_bytes());
    piece(sink, form, args);
    sink.put(END);
}

/// The same without prefix and end.
pub(super) fn piece<S: Sink>(sink: &mut S, form: &str, args: &[Arg<'_>]) {
    let mut args = args.iter();
    let mut form = form.as_bytes().iter();
    while let Some(byte) = form.next() {
        if *byte != b'%' {
            sink.put(&[*byte]);
            continue;
        }
        let mut width = 0;
        for kind in form.by_ref() {
            match (kind, args.as_slice().first()) {
                (b'0'..=b'9', _) => {
                    width = width * 10 + u32::from(kind & 0xf);
                    continue;
                }
                (b'd', Some(Arg::Number(number))) => decimal(sink, *number, width),
                (b'x', Some(Arg::Number(number))) => {
                    sink.put(b"0x");
                    hex(sink, &number.to_be_bytes());
                }
                (b's', Some(Arg::Bytes(bytes))) => text(sink, bytes),
                (_, Some(Arg::Bytes(bytes))) => hex(sink, bytes),
                _ => {}
            }
            args.next();
            break;
        }
    }
}

fn text<S: Sink>(sink: &mut S, bytes: &[u8]) {
    for byte in bytes {
        sink.put(&[if byte.is_ascii_graphic() { *byte } else { b'.' }]);
    }
}

fn hex<S: Sink>(sink: &mut S, bytes: &[u8]) {
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
    for byte in bytes {
        sink.put(&[digit(byte >> 4), digit(byte & 0xf)]);
    }
}

fn decimal<S: Sink>(sink: &mut S, number: u64, width: u32) {
    /// 10^19, the place value of the first of the twenty digits of 2^64 - 1.
    const HIGHEST: u64 = 10_000_000_000_000_000_000;
    let (mut place, mut places) = (HIGHEST, 20);
    while place != 0 {
        if number >= place || place == 1 {
            sink.put(&[b'0' + (number / place % 10) as u8]);
        } else if places <= width {
            sink.put(b" ");
        }
        place /= 10;
        places -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Sink for Vec<u8> {
        fn put(&mut self, bytes: &[u8]) {
            self.extend_from_slice(bytes);
        }
    }

    fn written(form: &str, args: &[Arg<'_>]) -> String {
        let mut out = Vec::new();
        line(&mut out, form, args);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn numbers_have_the_digits_that_the_standard_library_gives_them() {
        for value in [
            0,
            1,
            9,
            10,
            99,
            100,
            65_536,
            u64::from(u32::MAX),
            10_000_000_000_000_000_000,
            u64::MAX,
        ] {
            assert_eq!(written("%d", &[value.into()]), format!("purgatory: {value}\r\n"));
            assert_eq!(written("%12d|", &[value.into()]), format!("purgatory: {value:12}|\r\n"));
            assert_eq!(written("%x", &[value.into()]), format!("purgatory: {value:#018x}\r\n"));
        }
        assert_eq!(written("%h", &[(&[0x00, 0x9a, 0xff][..]).into()]), "purgatory: 009aff\r\n");
    }

    #[test]
    fn foreign_bytes_stay_within_their_line() {
        assert_eq!(
            written("a %s b", &[(&b"a b\n\x1b[2J\xff"[..]).into()]),
            "purgatory: a a.b..[2J. b\r\n"
        );
    }

    #[test]
    fn an_argument_that_is_missing_or_of_another_kind_prints_nothing() {
        assert_eq!(written("<%d><%s>", &["text".into()]), "purgatory: <74657874><>\r\n");
        assert_eq!(written("<%s>%", &[1.into()]), "purgatory: <>\r\n");
    }
}

//! Forms: the text of a line with places for values, written and read by the same string.
//!
//! | place | value |
//! | --- | --- |
//! | `%d` | a number, decimal; with digits before the letter, padded with spaces to at least that width |
//! | `%x` | a number, `0x` and sixteen hexadecimal digits |
//! | `%s` | a word, possibly empty; the writer replaces spaces and unprintable bytes with dots |
//! | `%h` | bytes, two hexadecimal digits each |
//!
//! The writer does not use `core::fmt`: the blob has no room for it.

use super::{END, PREFIX, Sink};

/// A value to write.
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

/// Writes a line that is `form` with `args` in its places.
#[inline(never)]
pub(super) fn line<S: Sink>(sink: &mut S, form: &str, args: &[Arg<'_>]) {
    start(sink);
    write(sink, form, args);
    end(sink);
}

/// Writes the start of a line.
#[inline(never)]
pub(super) fn start<S: Sink>(sink: &mut S) {
    sink.put(PREFIX.as_bytes());
}

/// Writes the end of a line.
#[inline(never)]
pub(super) fn end<S: Sink>(sink: &mut S) {
    sink.put(END.as_bytes());
}

/// Writes `form` with `args` in its places. A place without a fitting argument stays empty.
#[inline(never)]
pub(super) fn write<S: Sink>(sink: &mut S, form: &str, args: &[Arg<'_>]) {
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

/// A value that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(u64),
    Text(&'a str),
}

/// Reads the values of the `N` places of `form` from the start of `text`. Returns them with the text that follows.
///
/// Accepts only text as [`write()`] writes it: lower-case digits, no superfluous zeros, exact padding.
pub(super) fn read<'a, const N: usize>(
    form: &str,
    text: &'a str,
) -> Option<([Value<'a>; N], &'a str)> {
    let mut pieces = form.split('%');
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut values = [Value::Number(0); N];
    for value in &mut values {
        let place = pieces.next()?;
        let (width, place) = place.split_at(place.find(|c: char| !c.is_ascii_digit())?);
        let (kind, literal) = place.split_at_checked(1)?;
        let length;
        (*value, length) = match kind {
            "d" => number(rest, width.parse().unwrap_or(0))?,
            "x" => address(rest)?,
            "s" => word(rest, |byte| byte.is_ascii_graphic()),
            _ => word(rest, |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
        };
        rest = rest.get(length..)?.strip_prefix(literal)?;
    }
    pieces.next().is_none().then_some((values, rest))
}

/// Returns the number of bytes at the start of `text` that `of` accepts.
fn span(text: &str, of: impl Fn(&u8) -> bool) -> usize {
    text.bytes().take_while(of).count()
}

fn word(text: &str, of: impl Fn(&u8) -> bool) -> (Value<'_>, usize) {
    let (word, _) = text.split_at(span(text, of));
    (Value::Text(word), word.len())
}

fn number(text: &str, width: usize) -> Option<(Value<'_>, usize)> {
    let spaces = span(text, |byte| *byte == b' ');
    let digits = text.get(spaces..)?;
    let (digits, _) = digits.split_at(span(digits, u8::is_ascii_digit));
    let canonical = digits.len() == 1 || !digits.starts_with('0');
    let padded = spaces == width.saturating_sub(digits.len());
    let number = digits.parse().ok().filter(|_| canonical && padded)?;
    Some((Value::Number(number), spaces.saturating_add(digits.len())))
}

fn address(text: &str) -> Option<(Value<'_>, usize)> {
    /// The length of `0x` and the digits.
    const LENGTH: usize = 2 + 16;
    let digits = text.get(..LENGTH)?.strip_prefix("0x")?;
    let canonical = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let number = u64::from_str_radix(digits, 16).ok().filter(|_| canonical)?;
    Some((Value::Number(number), LENGTH))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    fn written(form: &str, args: &[Arg<'_>]) -> String {
        let mut out = Vec::new();
        write(&mut out, form, args);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn numbers_have_the_digits_of_the_standard_library() {
        let values = [0, 1, 9, 10, 99, 100, 65_536, u64::from(u32::MAX), u64::MAX / 2, u64::MAX];
        for value in values.into_iter().chain((0..20).map(|power| 10_u64.pow(power))) {
            for (form, text) in [
                ("%d", format!("{value}")),
                ("<%12d>", format!("<{value:12}>")),
                ("%x", format!("{value:#018x}")),
            ] {
                assert_eq!(written(form, &[value.into()]), text);
                assert_eq!(read(form, &text), Some(([Value::Number(value)], "")));
            }
        }
    }

    #[test]
    fn bytes_are_hexadecimal() {
        assert_eq!(written("%h.", &[(&[0x00, 0x9a, 0xff][..]).into()]), "009aff.");
        assert_eq!(read("%h.", "009aff. x"), Some(([Value::Text("009aff")], " x")));
        assert_eq!(read::<1>("%h.", "009aFF."), None);
    }

    #[test]
    fn foreign_bytes_stay_within_their_word() {
        let word = &b"a b\n\x1b[2J\xff"[..];
        assert_eq!(written("a %s b", &[word.into()]), "a a.b..[2J. b");
        assert_eq!(read("a %s b", "a a.b..[2J. b"), Some(([Value::Text("a.b..[2J.")], "")));
        assert_eq!(read("a %s b", "a a b b"), Some(([Value::Text("a")], " b")));
        assert_eq!(read::<1>("a %s b", "a a  b"), None);
    }

    #[test]
    fn an_argument_that_is_missing_or_of_another_kind_prints_nothing() {
        assert_eq!(written("<%d><%s>", &["text".into()]), "<74657874><>");
        assert_eq!(written("<%s>%", &[1.into()]), "<>");
    }

    #[test]
    fn rejects_what_the_writer_does_not_write() {
        for text in ["", "x", "-1", "+1", "01", " 1", "18446744073709551616"] {
            assert_eq!(read::<1>("%d", text), None, "{text:?}");
        }
        for text in ["1", "  1", "01", "x1"] {
            assert_eq!(read::<1>("%2d", text), None, "{text:?}");
        }
        for text in ["", "0x1", "0x000000000000000g", "0x+00000000000000f", "0x000000000000000A"] {
            assert_eq!(read::<1>("%x", text), None, "{text:?}");
        }
    }

    #[test]
    fn rejects_a_form_with_another_number_of_places() {
        assert_eq!(read::<1>("%d %d", "1 2"), None);
        assert_eq!(read::<3>("%d %d", "1 2"), None);
        assert!(read::<2>("%d %d", "1 2").is_some());
    }
}

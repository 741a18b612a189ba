//! Parsers of the numbers in a command line.

/// Parses an unsigned number, decimal or (with `0x`) hexadecimal, at the start of `text`. Returns it with the bytes
/// after it.
///
/// Returns `None` if there is no digit or the number has more than 64 bits.
#[must_use]
pub fn leading(text: &[u8]) -> Option<(u64, &[u8])> {
    let (digits, radix) = match text {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        digits => (digits, 10),
    };
    let mut value = 0u64;
    let mut rest = digits;
    while let [first, after @ ..] = rest {
        let Some(digit) = char::from(*first).to_digit(radix) else { break };
        value = value.checked_mul(radix.into())?.checked_add(digit.into())?;
        rest = after;
    }
    (rest.len() < digits.len()).then_some((value, rest))
}

/// Parses a number that is all of `text`.
#[must_use]
pub fn whole(text: &[u8]) -> Option<u64> {
    leading(text).and_then(|(value, rest)| rest.is_empty().then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_numbers_and_returns_the_rest() {
        assert_eq!(leading(b"115200n8"), Some((115_200, &b"n8"[..])));
        assert_eq!(leading(b"0x3F8,1"), Some((0x3f8, &b",1"[..])));
        assert_eq!(whole(b"18446744073709551615"), Some(u64::MAX));
    }

    #[test]
    fn rejects_invalid_numbers() {
        for text in [&b""[..], b"x", b"0x", b"-1", b"18446744073709551616", b"0x10000000000000000"]
        {
            assert_eq!(leading(text), None);
        }
        assert_eq!(whole(b"12 "), None);
    }
}

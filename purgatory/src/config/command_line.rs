//! The words of a kernel command line, cut as Linux cuts them.
//!
//! Source: `lib/cmdline.c`, `next_arg`, and `kernel/params.c`, `parse_args`: words end at white space outside double
//! quotes, `=` divides name and value, and `--` ends what is the kernel's.

/// One word: a name, and a value where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'m> {
    /// The whole word, as it stands there.
    pub(super) text: &'m [u8],
    /// What stands before the first `=`.
    pub(super) name: &'m [u8],
    /// What stands behind it, without quotes around it.
    pub(super) value: Option<&'m [u8]>,
}

impl<'m> Word<'m> {
    fn cut(text: &'m [u8]) -> Self {
        match text.iter().position(|byte| *byte == b'=').and_then(|at| text.split_at_checked(at)) {
            Some((name, value)) => Word { text, name, value: value.get(1..).map(unquoted) },
            None => Word { text, name: text, value: None },
        }
    }
}

/// All words that are the kernel's.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = Word<'_>> {
    let mut quoted = false;
    line.split(move |byte| {
        quoted ^= *byte == b'"';
        byte.is_ascii_whitespace() && !quoted
    })
    .filter(|text| !text.is_empty())
    .take_while(|text| *text != b"--")
    .map(Word::cut)
}

fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] => inner,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(line: &str) -> Vec<(&str, Option<&str>)> {
        let text = |bytes| std::str::from_utf8(bytes).expect("ASCII in, ASCII out");
        words(line.as_bytes()).map(|word| (text(word.name), word.value.map(text))).collect()
    }

    #[test]
    fn words_end_at_space_outside_quotes_and_at_the_double_dash() {
        assert_eq!(
            cut("  a b=c  d=\"e f\"\tg= -- h"),
            [("a", None), ("b", Some("c")), ("d", Some("e f")), ("g", Some(""))]
        );
        assert_eq!(cut("x=\"open ended"), [("x", Some("\"open ended"))]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut_into_words_without_losing_any_before_the_double_dash(line: Vec<u8>) {
            let whole: usize = words(&line).map(|word| word.text.len()).sum();
            prop_assert!(whole <= line.len());
        }
    }
}

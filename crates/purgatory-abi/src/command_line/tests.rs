//! Examples, and a comparison with a model that works as Linux does: in place, on a string with a terminating zero.

use super::*;
use core::ops::Range;
use proptest::prelude::*;
use std::vec::Vec;

type Pair = (Vec<u8>, Option<Vec<u8>>);

/// A command line that the model cuts into strings by writing zeros into it.
struct Model {
    bytes: Vec<u8>,
}

impl Model {
    /// The kernel's parameters, where they are in `line`, and where the arguments of init start.
    fn parse(line: &[u8]) -> (Vec<Pair>, Range<usize>, Option<usize>) {
        let mut model = Self { bytes: [line, b"\0"].concat() };
        let mut pairs = Vec::new();
        let mut at = model.after_space(0);
        let mut kernel = at..at;
        while model.bytes[at] != 0 {
            let (pair, end) = model.cut(at);
            at = model.after_space(line.len().min(end + 1));
            if pair == (b"--".to_vec(), None) {
                return (pairs, kernel, Some(at));
            }
            pairs.push(pair);
            kernel.end = end;
        }
        (pairs, kernel, None)
    }

    /// Cuts off the parameter at `start`; returns it, and where it ends.
    fn cut(&mut self, start: usize) -> (Pair, usize) {
        let starts_quoted = self.bytes[start] == b'"';
        let name = start + usize::from(starts_quoted);
        let (mut end, mut inside, mut equals) = (name, starts_quoted, None);
        while self.bytes[end] != 0 && (inside || !b" \t\n\x0b\x0c\r\xa0".contains(&self.bytes[end]))
        {
            match self.bytes[end] {
                b'"' => inside = !inside,
                b'=' if end > name => equals = equals.or(Some(end)),
                _ => {}
            }
            end += 1;
        }
        let mut value = equals.map(|at| at + 1);
        if let Some(at) = equals {
            self.bytes[at] = 0;
        }
        if let Some(first) = value.filter(|first| self.bytes[*first] == b'"') {
            value = Some(first + 1);
            self.zero_quote(end - 1);
        }
        if starts_quoted {
            self.zero_quote(end - 1);
        }
        self.bytes[end] = 0;
        ((self.string(name), value.map(|first| self.string(first))), end)
    }

    fn zero_quote(&mut self, at: usize) {
        if self.bytes[at] == b'"' {
            self.bytes[at] = 0;
        }
    }

    fn after_space(&self, from: usize) -> usize {
        let space = self.bytes[from..].iter().take_while(|b| b" \t\n\x0b\x0c\r\xa0".contains(b));
        from + space.count()
    }

    fn string(&self, from: usize) -> Vec<u8> {
        self.bytes[from..].iter().copied().take_while(|byte| *byte != 0).collect()
    }
}

fn pairs(line: &[u8]) -> Vec<Pair> {
    Parameters::of(line).map(|p| (p.name.to_vec(), p.value.map(<[u8]>::to_vec))).collect()
}

/// Checks the parameters of `line` against `expected`, and the model's too.
#[track_caller]
fn assert_splits(line: &str, expected: &[(&str, Option<&str>)]) {
    let owned = |text: &str| text.as_bytes().to_vec();
    let expected: Vec<Pair> = expected.iter().map(|(n, v)| (owned(n), v.map(owned))).collect();
    assert_eq!(pairs(line.as_bytes()), expected, "{line}");
    assert_eq!(Model::parse(line.as_bytes()).0, expected, "the model, {line}");
}

#[test]
fn splits_at_white_space_outside_quotes() {
    assert_splits(
        "  a b=c\td=\x0be ",
        &[("a", None), ("b", Some("c")), ("d", Some("")), ("e", None)],
    );
    assert_splits(r#"x="a elfcorehdr=1""#, &[("x", Some("a elfcorehdr=1"))]);
    assert_splits(r#"x=a" b"c d"#, &[("x", Some(r#"a" b"c"#)), ("d", None)]);
    assert_eq!(pairs(b"a\xa0b").len(), 2);
}

#[test]
fn drops_quotes_around_a_parameter_and_around_a_value() {
    assert_splits(
        r#"quiet "elfcorehdr=0x1000""#,
        &[("quiet", None), ("elfcorehdr", Some("0x1000"))],
    );
    assert_splits(r#""console=ttyS1" "a b""#, &[("console", Some("ttyS1")), ("a b", None)]);
    assert_splits(r#"d="e f" "g="h""#, &[("d", Some("e f")), ("g", Some("h"))]);
    assert_splits(r#""a="b"" c="d"#, &[("a", Some("b\"")), ("c", Some("d"))]);
    assert_splits(r#"a" x=" y"#, &[("a\" x", Some("")), ("y", None)]);
}

#[test]
fn splits_name_and_value_at_the_first_equals_sign_after_the_first_byte() {
    assert_splits("a=b=c =x ==y", &[("a", Some("b=c")), ("=x", None), ("=", Some("y"))]);
}

#[test]
fn ends_at_two_dashes_without_a_value() {
    assert_splits("a -- b", &[("a", None)]);
    assert_splits(r#"a "--" b"#, &[("a", None)]);
    assert_splits(r#"--=x "-- a" --b"#, &[("--", Some("x")), ("-- a", None), ("--b", None)]);
}

#[test]
fn splits_off_the_arguments_of_init() {
    for (line, kernel, init) in [
        ("", "", None),
        (" a  b ", "a  b", None),
        ("a -- b ", "a", Some("b ")),
        (" -- ", "", Some("")),
        (r#"a "--" -- b"#, "a", Some("-- b")),
        (r#"x=" -- b"#, r#"x=" -- b"#, None),
    ] {
        let expected = (kernel.as_bytes(), init.map(str::as_bytes));
        assert_eq!(split_init(line.as_bytes()), expected, "{line}");
    }
}

/// Lines of bytes that matter, quotes in any position.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    // White space, and its neighbors that are none: other languages separate words at some of them.
    const SPACES: &[u8] = b"\t\n\x0b\x0c\r\xa0\x08\x0e\x1c\x85\xc3";
    let usual = prop::sample::select(b"\"\"\"  ==--ab".as_slice());
    let byte = prop_oneof![3 => usual, 1 => prop::sample::select(SPACES)];
    prop::collection::vec(byte, 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn agrees_with_the_model(line in lines()) {
        let (expected, kernel, init) = Model::parse(&line);
        prop_assert_eq!(pairs(&line), expected);
        prop_assert_eq!(split_init(&line), (&line[kernel], init.map(|at| &line[at..])));
    }

    #[test]
    fn returns_texts_in_the_order_of_the_line(line in lines()) {
        let mut parameters = Parameters::of(&line);
        let mut end = 0;
        while let Some(parameter) = parameters.next() {
            let after = line.len() - parameters.rest().len();
            let start = after - parameter.text.len();
            prop_assert_eq!(parameter.text, &line[start..after]);
            prop_assert!(line[end..start].iter().all(is_space));
            end = after;
        }
    }
}

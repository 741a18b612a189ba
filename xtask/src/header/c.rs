//! Writes Rust types as C text, with the names, sizes and offsets of the Rust compiler.

use anyhow::{Result, ensure};
use std::fmt::Display;

/// A Rust type with an equivalent in C.
pub(super) trait Type {
    /// Its name in C.
    const NAME: &'static str;
    /// The number of elements of an array; `None` for other types.
    const COUNT: Option<usize> = None;
}

/// Gives Rust types their names in C.
macro_rules! types {
    ($($rust:ty = $name:literal,)+) => {
        $(impl $crate::header::c::Type for $rust {
            const NAME: &'static str = $name;
        })+
    };
}
pub(super) use types;

types! {
    u8 = "uint8_t",
    u32 = "uint32_t",
    u64 = "uint64_t",
}

impl<T: Type, const N: usize> Type for [T; N] {
    const NAME: &'static str = T::NAME;
    const COUNT: Option<usize> = Some(N);
}

/// A field of a structure.
pub(super) struct Field {
    name: &'static str,
    offset: usize,
    size: usize,
    declaration: String,
}

impl Field {
    /// Describes the field that `_get` returns; its type is `T`.
    pub(super) fn new<S, T: Type>(name: &'static str, offset: usize, _get: fn(&S) -> &T) -> Self {
        let count = T::COUNT.map(|count| format!("[{count}]")).unwrap_or_default();
        let declaration = format!("{} {name}{count};", T::NAME);
        Self { name, offset, size: size_of::<T>(), declaration }
    }
}

/// Describes the fields of a structure, which are given by name.
macro_rules! fields {
    ($of:ty: $($field:ident)+) => {
        &[$($crate::header::c::Field::new(
            stringify!($field),
            core::mem::offset_of!($of, $field),
            |of: &$of| &of.$field,
        ),)+]
    };
}
pub(super) use fields;

/// Returns the text of a constant.
pub(super) fn constant(comment: &str, name: &str, value: impl Display) -> String {
    format!("/* {comment} */\n#define PURGATORY_{name} {value}\n")
}

/// The text of an enumeration `tag` of numbers with names, each with `prefix` before it: the number of each and its
/// name in a report.
pub(super) fn codes<'a>(
    comment: &str,
    tag: &str,
    prefix: &str,
    codes: impl Iterator<Item = (u8, &'a str)>,
) -> String {
    let member = |(code, name): (u8, &str)| {
        let name = name.replace('-', "_").to_uppercase();
        format!("    PURGATORY_{prefix}_{name} = {code},\n")
    };
    let members: String = codes.map(member).collect();
    format!("/* {comment} */\nenum purgatory_{tag} {{\n{members}}};\n\n")
}

/// Returns the text of a structure, with assertions of its size and of each offset.
///
/// # Errors
///
/// Returns an error if `fields` do not fill the type: a field is missing, or they are not in order.
pub(super) fn structure<S: Type>(comment: &str, fields: &[Field]) -> Result<String> {
    let mut end = 0;
    let mut declarations = String::new();
    let mut assertions = assertion(&format!("sizeof({})", S::NAME), size_of::<S>());
    for Field { name, offset, size, declaration } in fields {
        ensure!(*offset == end, "{} has a gap before {name}", S::NAME);
        end = offset.saturating_add(*size);
        declarations += &format!("    {declaration}\n");
        assertions += &assertion(&format!("offsetof({}, {name})", S::NAME), *offset);
    }
    ensure!(end == size_of::<S>(), "the fields of {} end at {end}", S::NAME);
    Ok(format!("/* {comment} */\n{} {{\n{declarations}}};\n{assertions}\n", S::NAME))
}

fn assertion(expression: &str, number: usize) -> String {
    format!("PURGATORY_ASSERT({expression} == {number}, \"{expression} is {number}\");\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    struct Pair {
        first: u64,
        second: [u8; 8],
    }

    types! {
        Pair = "struct pair",
    }

    #[test]
    fn writes_fields_and_an_assertion_for_each() {
        let text = structure::<Pair>("Two.", fields!(Pair: first second)).unwrap();
        let expected = [
            "/* Two. */",
            "struct pair {",
            "    uint64_t first;",
            "    uint8_t second[8];",
            "};",
            "PURGATORY_ASSERT(sizeof(struct pair) == 16, \"sizeof(struct pair) is 16\");",
            "PURGATORY_ASSERT(offsetof(struct pair, first) == 0, \"offsetof(struct pair, first) is 0\");",
            "PURGATORY_ASSERT(offsetof(struct pair, second) == 8, \"offsetof(struct pair, second) is 8\");",
            "",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn rejects_missing_or_reordered_fields() {
        let error = |fields: &[Field]| structure::<Pair>("Two.", fields).unwrap_err().to_string();
        assert_eq!(error(fields!(Pair: second)), "struct pair has a gap before second");
        assert_eq!(error(fields!(Pair: first)), "the fields of struct pair end at 8");
        assert_eq!(error(fields!(Pair: second first)), "struct pair has a gap before second");
    }

    #[test]
    fn writes_codes_and_constants_with_the_prefix() {
        let members = [(0, "one-of-two"), (5, "16550")].into_iter();
        let text = constant("A number.", "NUMBER", 7) + &codes("Two.", "two_kinds", "TWO", members);
        let expected = "/* A number. */\n#define PURGATORY_NUMBER 7\n/* Two. */\nenum purgatory_two_kinds {\n    \
             PURGATORY_TWO_ONE_OF_TWO = 0,\n    PURGATORY_TWO_16550 = 5,\n};\n\n";
        assert_eq!(text, expected);
    }
}

//! C text of Rust's types: names, sizes and offsets are the compiler's.

use anyhow::{Result, ensure};
use std::fmt::Write as _;

/// A Rust type that C has, too.
pub(super) trait Type {
    /// Its name in C.
    const NAME: &'static str;
    /// How many there are of it; `None` for one that stands alone.
    const COUNT: Option<usize> = None;
}

/// The types of C that Rust's are named after.
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
    /// The field that `get` gives.
    pub(super) fn new<S, T: Type>(name: &'static str, offset: usize, _get: fn(&S) -> &T) -> Self {
        let count = T::COUNT.map(|count| format!("[{count}]")).unwrap_or_default();
        let declaration = format!("{} {name}{count};", T::NAME);
        Self { name, offset, size: size_of::<T>(), declaration }
    }
}

/// The fields of a structure, by their names.
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

/// The text.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    /// This line as it is, or several.
    pub(super) fn line(&mut self, line: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{line}");
    }

    /// A constant.
    pub(super) fn constant(&mut self, comment: &str, name: &str, value: impl std::fmt::Display) {
        self.line(&format!("/* {comment} */"));
        self.line(&format!("#define PURGATORY_{name} {value}"));
    }

    /// An enumeration `tag` of numbers with names, each with `prefix` before it: the number of each and its name in a
    /// report.
    pub(super) fn codes<'a>(
        &mut self,
        comment: &str,
        tag: &str,
        prefix: &str,
        codes: impl Iterator<Item = (u8, &'a str)>,
    ) {
        self.line(&format!("/* {comment} */"));
        self.line(&format!("enum purgatory_{tag} {{"));
        for (code, name) in codes {
            let name = name.replace('-', "_").to_uppercase();
            self.line(&format!("    PURGATORY_{prefix}_{name} = {code},"));
        }
        self.line("};\n");
    }

    /// A structure, with assertions of its size and of each offset.
    ///
    /// # Errors
    /// The fields do not fill the type: one is missing, or they are not in their order.
    pub(super) fn structure<S: Type>(&mut self, comment: &str, fields: &[Field]) -> Result<()> {
        let mut end = 0;
        for field in fields {
            ensure!(field.offset == end, "{} has a gap before {}", S::NAME, field.name);
            end = field.offset.saturating_add(field.size);
        }
        ensure!(end == size_of::<S>(), "the fields of {} end at {end}", S::NAME);

        self.line(&format!("/* {comment} */"));
        self.line(&format!("{} {{", S::NAME));
        for field in fields {
            self.line(&format!("    {}", field.declaration));
        }
        self.line("};");
        self.line(&assertion(&format!("sizeof({})", S::NAME), size_of::<S>()));
        for field in fields {
            self.line(&assertion(&format!("offsetof({}, {})", S::NAME, field.name), field.offset));
        }
        self.line("");
        Ok(())
    }

    /// All of it.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

fn assertion(what: &str, number: usize) -> String {
    format!("PURGATORY_ASSERT({what} == {number}, \"{what} is {number}\");")
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
    fn a_structure_has_its_fields_and_an_assertion_for_each() {
        let mut text = Text::default();
        text.structure::<Pair>("Two.", fields!(Pair: first second)).unwrap();
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
        assert_eq!(text.finish().lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_structure_with_a_field_left_out_is_an_error() {
        let error = |fields: &[Field]| {
            Text::default().structure::<Pair>("Two.", fields).unwrap_err().to_string()
        };
        assert_eq!(error(fields!(Pair: second)), "struct pair has a gap before second");
        assert_eq!(error(fields!(Pair: first)), "the fields of struct pair end at 8");
        assert_eq!(error(fields!(Pair: second first)), "struct pair has a gap before second");
    }

    #[test]
    fn codes_and_constants_have_the_prefix() {
        let mut text = Text::default();
        text.constant("A number.", "NUMBER", 7);
        text.codes("Two.", "two_kinds", "TWO", [(0, "one-of-two"), (5, "16550")].into_iter());
        let expected = "/* A number. */\n#define PURGATORY_NUMBER 7\n/* Two. */\nenum purgatory_two_kinds {\n    \
             PURGATORY_TWO_ONE_OF_TWO = 0,\n    PURGATORY_TWO_16550 = 5,\n};\n\n";
        assert_eq!(text.finish(), expected);
    }
}

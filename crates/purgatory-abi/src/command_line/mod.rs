//! The parameters of a kernel command line, split as Linux splits it.
//!
//! Source: `next_arg` in `lib/cmdline.c`, `parse_args` in `kernel/params.c`, `isspace` in `lib/ctype.c`.
//!
//! - White space outside double quotes separates parameters. White space is 0x09 to 0x0d, 0x20 and 0xa0.
//! - A double quote anywhere opens or closes a quotation. An open one extends to the end of the line.
//! - The first `=` that is not the first byte separates name and value, even in quotes.
//! - A quote at the start of a parameter or of its value is dropped, and then one at the end of the parameter too. All
//!   other quotes stay.
//! - `--` without a value ends the kernel's parameters. The arguments of init follow.
//!
//! Linux treats `-` and `_` in a name as equal. The names that a purgatory or a loader reads contain neither.

/// A parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// All of its bytes in the command line, quotes included.
    pub text: &'a [u8],
    /// The name.
    pub name: &'a [u8],
    /// The value, if the parameter has a `=`.
    pub value: Option<&'a [u8]>,
}

/// The kernel's parameters in a command line.
#[derive(Clone, Debug)]
pub struct Parameters<'a> {
    rest: &'a [u8],
}

impl<'a> Parameters<'a> {
    /// Returns the parameters of `line`, which has no terminating zero.
    #[must_use]
    pub const fn of(line: &'a [u8]) -> Self {
        Self { rest: line }
    }

    /// The bytes after the last parameter that was returned.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Parameter<'a>> {
        let (parameter, rest) = split_first(self.rest)?;
        if parameter.ends_kernel_parameters() {
            return None;
        }
        self.rest = rest;
        Some(parameter)
    }
}

/// Splits `line` into the kernel's parameters and, if it has a `--`, the arguments of init. Neither part begins with
/// white space.
#[must_use]
pub fn split_init(line: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut parameters = Parameters::of(line);
    parameters.by_ref().for_each(drop);
    let kernel = &line[..line.len() - parameters.rest.len()];
    let init = split_first(parameters.rest).map(|(_, init)| init);
    (trim_start(kernel), init.map(trim_start))
}

/// Returns the first parameter of `line`, and the bytes after it; `None` if there is only white space.
fn split_first(mut line: &[u8]) -> Option<(Parameter<'_>, &[u8])> {
    loop {
        let mut quoted = false;
        let separates = |byte: &u8| {
            quoted ^= *byte == b'"';
            is_space(byte) && !quoted
        };
        let end = line.iter().position(separates).unwrap_or(line.len());
        let (text, rest) = line.split_at_checked(end)?;
        if !text.is_empty() {
            return Some((Parameter::of(text), rest));
        }
        line = rest.get(1..)?;
    }
}

impl<'a> Parameter<'a> {
    fn of(text: &'a [u8]) -> Self {
        let (quoted, text_inside) = unquoted_start(text);
        let equals = text_inside.iter().skip(1).position(|byte| *byte == b'=');
        let (name, rest) = text_inside
            .split_at_checked(equals.map_or(text_inside.len(), |at| at + 1))
            .unwrap_or_default();
        let Some(value) = rest.get(1..) else {
            return Self { text, name: unquoted_end(quoted, name), value: None };
        };
        let (value_quoted, value) = unquoted_start(value);
        Self { text, name, value: Some(unquoted_end(quoted | value_quoted, value)) }
    }

    fn ends_kernel_parameters(&self) -> bool {
        self.name == b"--" && self.value.is_none()
    }
}

/// Returns whether `text` starts with a quote, and the rest of it.
fn unquoted_start(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'"', inner @ ..] => (true, inner),
        _ => (false, text),
    }
}

/// `text` without a quote at its end, if it is `quoted`.
fn unquoted_end(quoted: bool, text: &[u8]) -> &[u8] {
    match text {
        [inner @ .., b'"'] if quoted => inner,
        _ => text,
    }
}

fn trim_start(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|byte| !is_space(byte)).unwrap_or(line.len());
    &line[start..]
}

fn is_space(byte: &u8) -> bool {
    matches!(byte, 0x09..=0x0d | b' ' | 0xa0)
}

#[cfg(test)]
mod tests;

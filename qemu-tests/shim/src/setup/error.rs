//! What keeps a command line from being read.

use core::num::ParseIntError;

/// What is wrong with the shim's command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError<'a> {
    /// There is no `--`.
    #[error("no ` -- ` between the settings and the capture kernel's command line")]
    Separator,
    /// A word is no setting.
    #[error("`{0}` is no setting")]
    Key(&'a str),
    /// A setting has no such value.
    #[error("`{key}` cannot be `{value}`")]
    Value {
        /// The setting.
        key: &'a str,
        /// What it was set to.
        value: &'a str,
    },
    /// A setting wants a number.
    #[error("`{key}={value}`: {source}")]
    Number {
        /// The setting.
        key: &'a str,
        /// What it was set to.
        value: &'a str,
        /// Why that is no number.
        source: ParseIntError,
    },
}

//! The verdict: the line of a report for programs.

use super::form::{self, Arg, Value};
use super::{Parse, Sink, Write};
use crate::status::{Action, Status};

/// The pairs `key=value`. Within a [`VERSION`], keys keep their meaning and order, and new keys are added at the end.
const VERDICT: &str = "verdict version=%d loader=%s status=%s implementation=%s regions=%d bytes=%d nmis=%d action=%s";

/// The version of the pairs.
const VERSION: u64 = 1;

/// The value of a key that has no value.
const NONE: &str = "none";

/// The verdict. Its fields are named after the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerdictLine<'a> {
    /// The loader for which the blob was built: `linux`, `kexec-tools` or `native`; `None` if an exception occurred
    /// before the plan.
    pub loader: Option<&'a str>,
    /// The result of the verification.
    pub status: Status,
    /// The SHA-256 implementation; `None` if no implementation was used.
    pub implementation: Option<&'a str>,
    /// The number of regions or segments to verify.
    pub regions: u64,
    /// The number of digested bytes. Zero padding is not counted.
    pub bytes: u64,
    /// The number of non-maskable interrupts during the verification.
    pub nmis: u64,
    /// The next action of the purgatory.
    pub action: Action,
}

impl Write for VerdictLine<'_> {
    fn write<S: Sink>(&self, sink: &mut S) {
        let args: [Arg<'_>; 8] = [
            VERSION.into(),
            self.loader.unwrap_or(NONE).into(),
            self.status.name().into(),
            self.implementation.unwrap_or(NONE).into(),
            self.regions.into(),
            self.bytes.into(),
            self.nmis.into(),
            self.action.name().into(),
        ];
        form::line(sink, VERDICT, &args);
    }
}

impl<'a> Parse<'a> for VerdictLine<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (
            [
                Value::Number(VERSION),
                Value::Text(loader),
                Value::Text(status),
                Value::Text(implementation),
                Value::Number(regions),
                Value::Number(bytes),
                Value::Number(nmis),
                Value::Text(action),
            ],
            newer,
        ) = form::read(VERDICT, text)?
        else {
            return None;
        };
        let optional = |value: &'a str| Some(value).filter(|value| *value != NONE);
        let verdict = Self {
            loader: optional(loader),
            status: Status::from_name(status)?,
            implementation: optional(implementation),
            regions,
            bytes,
            nmis,
            action: Action::from_name(action)?,
        };
        (newer.is_empty() || newer.starts_with(' ')).then_some(verdict)
    }
}

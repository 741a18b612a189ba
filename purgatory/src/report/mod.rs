//! The report: what happened, in lines that a person reads and one that a program reads.
//!
//! Every line starts with `purgatory: `. The last one is the verdict, whose form `purgatory_abi::verdict` defines.

mod chunks;
mod fault;
mod one_digest;
mod text;

pub use chunks::chunks;
pub use fault::{Fault, fault};
pub use one_digest::one_digest;

use crate::sink::Sink;
use crate::warnings::{Noted, Warnings};
use purgatory_abi::status::{Action, Status};
use purgatory_abi::verdict;
use text::line;

/// The facts of the verdict line.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// Which loader's contract the blob was built for.
    pub door: &'static str,
    /// How it ended.
    pub status: Status,
    /// Which SHA-256 engine was used.
    pub engine: Option<&'static str>,
    /// How many regions were to be verified.
    pub regions: u64,
    /// How many bytes were digested.
    pub bytes: u64,
    /// How many NMIs arrived meanwhile.
    pub nmis: u64,
    /// What is done now.
    pub action: Action,
}

/// Prints what was odd.
#[inline(never)]
pub fn warnings<S: Sink>(sink: &mut S, warnings: &Warnings<'_>) {
    for noted in warnings.iter() {
        let Noted { warning, address, text } = *noted;
        line(sink, "warning: %s at %x %s", &[warning.name().into(), address.into(), text.into()]);
    }
}

/// Prints the verdict. The keys are those of [`verdict::key`], in that order.
pub fn verdict<S: Sink>(sink: &mut S, verdict: &Verdict) {
    line(
        sink,
        "verdict version=%d door=%s status=%s engine=%s regions=%d bytes=%d nmis=%d action=%s",
        &[
            verdict::VERSION.into(),
            verdict.door.into(),
            verdict.status.name().into(),
            verdict.engine.unwrap_or("none").into(),
            verdict.regions.into(),
            verdict.bytes.into(),
            verdict.nmis.into(),
            verdict.action.name().into(),
        ],
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use purgatory_abi::verdict::key;

    #[test]
    fn a_verdict_is_read_back_by_its_keys() {
        let mut out = Vec::new();
        let facts = Verdict {
            door: "linux",
            status: Status::Mismatch,
            engine: Some("sha-ni"),
            regions: 5,
            bytes: 83_886_080,
            nmis: 0,
            action: Action::Halt,
        };
        super::verdict(&mut out, &facts);
        let line = String::from_utf8(out).expect("ASCII");
        assert_eq!(
            line,
            "purgatory: verdict version=1 door=linux status=mismatch engine=sha-ni regions=5 bytes=83886080 nmis=0 action=halt\r\n"
        );
        let expected = [
            (key::VERSION, "1"),
            (key::DOOR, "linux"),
            (key::STATUS, Status::Mismatch.name()),
            (key::ENGINE, "sha-ni"),
            (key::REGIONS, "5"),
            (key::BYTES, "83886080"),
            (key::NMIS, "0"),
            (key::ACTION, Action::Halt.name()),
        ];
        assert_eq!(
            expected.map(|(key, _)| verdict::value(&line, key)),
            expected.map(|(_, value)| Some(value))
        );
    }
}

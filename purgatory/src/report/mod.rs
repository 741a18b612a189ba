//! The report: what happened, in lines that a person reads and one that a program reads.
//!
//! Every line starts with `purgatory: `. The last one is the verdict, whose form `purgatory_abi::verdict` defines.

mod fault;
mod image;
mod text;

pub use fault::{Fault, fault};
pub use image::{Speed, outcome, warnings};
pub use text::Sink;

use purgatory_abi::status::{Action, Status};
use purgatory_abi::verdict::{self, key};
use text::{Arg, piece};

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

/// Prints the verdict.
pub fn verdict<S: Sink>(sink: &mut S, verdict: &Verdict) {
    sink.put(verdict::PREFIX.trim_ascii_end().as_bytes());
    let pairs = [
        (key::VERSION, verdict::VERSION.into()),
        (key::DOOR, verdict.door.into()),
        (key::STATUS, verdict.status.name().into()),
        (key::ENGINE, verdict.engine.unwrap_or("none").into()),
        (key::REGIONS, verdict.regions.into()),
        (key::BYTES, verdict.bytes.into()),
        (key::NMIS, verdict.nmis.into()),
        (key::ACTION, verdict.action.name().into()),
    ];
    for (key, value) in pairs {
        let form = if matches!(value, Arg::Number(_)) { " %s=%d" } else { " %s=%s" };
        piece(sink, form, &[key.into(), value]);
    }
    sink.put(b"\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_read_back_by_its_keys() {
        let mut out = Vec::new();
        let facts = Verdict { door: "linux", status: Status::Mismatch, engine: Some("sha-ni"), regions: 5, bytes: 83_886_080, nmis: 0, action: Action::Halt };
        super::verdict(&mut out, &facts);
        let line = String::from_utf8(out).expect("ASCII");
        assert_eq!(
            line,
            "purgatory: verdict version=1 door=linux status=mismatch engine=sha-ni regions=5 bytes=83886080 nmis=0 action=halt\n"
        );
        assert_eq!(verdict::value(&line, key::STATUS).and_then(Status::from_name), Some(Status::Mismatch));
        assert_eq!(verdict::value(&line, key::BYTES), Some("83886080"));
    }
}

//! The blob's own parts, each with a digest in the header, and the header with one of its own.

use anyhow::{Result, ensure};
use boot_shim::fault::{Byte, Part};
use boot_shim::setup::Setup;
use purgatory_abi::report::Line;
use purgatory_abi::status::Status;
use qemu_tests::shim::{Case, Outcome};

use crate::flip;

/// Corrupted code verifies and reports no segment.
fn nothing_else_was_verified(outcome: &Outcome) -> Result<()> {
    let verdict = outcome.verdict(0)?;
    ensure!(
        (verdict.implementation, verdict.regions, verdict.bytes) == (None, 0, 0),
        "{verdict:?}"
    );
    let named = outcome.report(0).lines.iter().any(|line| matches!(line, Line::Segment(_)));
    ensure!(!named, "the report has segments");
    Ok(())
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (part, byte, status) in [
        // The magic.
        (Part::Header, Byte::Guest, Status::HeaderUnknown),
        // The registers.
        (Part::Header, Byte::Middle, Status::HeaderCorrupted),
        // The last console.
        (Part::Header, Byte::Last, Status::HeaderCorrupted),
        (Part::ListDigest, Byte::Guest, Status::HeaderCorrupted),
        (Part::ListDigest, Byte::Last, Status::HeaderCorrupted),
        (Part::List, Byte::Guest, Status::ListCorrupted),
        (Part::List, Byte::Middle, Status::ListCorrupted),
        (Part::List, Byte::Last, Status::ListCorrupted),
        (Part::Code, Byte::Guest, Status::CodeCorrupted),
        (Part::Code, Byte::Middle, Status::CodeCorrupted),
        (Part::Code, Byte::Last, Status::CodeCorrupted),
    ] {
        let setup = Setup { kernel_bytes: 0x4_8000, ..flip(part, byte) };
        // `continue` is for a mismatch only.
        let words = "purgatory.on_failure=continue";
        let halts = Case::halts(&format!("{part:?}/{byte:?}"), setup, words, status);
        cases.push(if part == Part::Code { halts.check(nothing_else_was_verified) } else { halts });
    }
    cases
}

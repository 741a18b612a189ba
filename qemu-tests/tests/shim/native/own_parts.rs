//! The blob's own parts, each with a digest in the header, and the header with one of its own. One corrupted copy of
//! header and code is repaired from the other two; two corrupted copies are reported.

use anyhow::{Result, ensure};
use boot_shim::fault::{Byte, Fault, Part, What};
use boot_shim::setup::Setup;
use purgatory_abi::PAGE;
use purgatory_abi::report::Line;
use purgatory_abi::status::{Status, Warning};
use qemu_tests::shim::{Case, Outcome};

use crate::{PLAIN, VERBOSE, flip};

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
        // The length of the copies.
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
    cases.extend(repairs());
    cases
}

/// Faults in one copy: the image starts. Each fault in the contents themselves is reported as repaired, one in a copy is
/// not.
fn repairs() -> Vec<Case> {
    let fill = |part, byte, count| Fault {
        what: What::Fill { byte: 0xff, count },
        ..Fault::flip(part, byte)
    };
    // The first page has the instructions that repair.
    let without_first_page = Byte::FromEnd(8 * PAGE);
    let repaired = [
        ("magic", Fault::flip(Part::Contents, Byte::Guest)),
        ("code", Fault::flip(Part::Contents, Byte::Middle)),
        ("end", Fault::flip(Part::Contents, Byte::Last)),
        ("pages", fill(Part::Contents, without_first_page, 8 * PAGE)),
    ];
    let unnoticed = [
        ("first-copy", fill(Part::Copies, Byte::Guest, 8 * PAGE)),
        ("second-copy", fill(Part::Copies, Byte::Middle, 8 * PAGE)),
    ];
    let lands = |name: &str, setup| Case::lands(&format!("repair/{name}"), setup, VERBOSE);
    let setup = |fault| PLAIN.with(fault);
    let repaired =
        repaired.map(|(name, fault)| lands(name, setup(fault)).warns(Warning::ContentsRepaired));
    let unnoticed = unnoticed.map(|(name, fault)| {
        let lands = lands(name, setup(fault));
        lands.does_not_warn(Warning::ContentsRepaired).does_not_warn(Warning::CopiesMissing)
    });
    let first_magic = setup(Fault::flip(Part::Copies, Byte::Guest));
    let no_copy = first_magic.with(Fault::flip(Part::Copies, Byte::Middle));
    let no_copy = lands("no-copy", no_copy).warns(Warning::CopiesMissing);
    // One magic is enough, whichever it is.
    let second_magic = setup(Fault::flip(Part::Copies, Byte::Middle));
    let one_magic = [("first-magic", first_magic), ("second-magic", second_magic)];
    let one_magic = one_magic.map(|(name, setup)| {
        let setup = setup.with(Fault::flip(Part::Contents, Byte::Middle));
        lands(name, setup).warns(Warning::ContentsRepaired)
    });
    repaired.into_iter().chain(unnoticed).chain([no_copy]).chain(one_magic).collect()
}

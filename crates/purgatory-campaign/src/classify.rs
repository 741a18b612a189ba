//! Compares the end of a run with the requirements.

use crate::expect::Required;
use crate::image::Image;
use crate::outcome::Outcome;
use anyhow::Result;
use purgatory_abi::report::Report;
use purgatory_abi::status::Action;
use purgatory_abi::{EntryRegs, Loader};
use purgatory_runner::machine::{End, Finished};

/// CR0 and CR4 at entry, as the processor of the runner has them.
const CONTROL_REGISTERS: [u64; 2] = [0x8000_0033, 0x20];

/// Classifies the end of a run. `required` and `corrupted` are those of the memory before the run.
///
/// # Errors
///
/// Returns an error if the image has no memory where its segments are.
pub fn classify(
    image: &mut Image,
    required: &Required,
    corrupted: bool,
    finished: &Finished,
) -> Result<Outcome> {
    if finished.end == (End::Left { rip: image.entry.rip }) {
        return started(image, corrupted, finished);
    }
    let printed = format!("{}{}", finished.printed, finished.printed_on_ttys1);
    Ok(not_started(finished.end, &printed, image.reports, required))
}

/// Classifies an end without a start of the image. `reports` tells whether the purgatory prints a verdict.
fn not_started(end: End, printed: &str, reports: bool, required: &Required) -> Outcome {
    let report = Report::parse(printed);
    let failed =
        report.verdict().filter(|verdict| matches!(verdict.action, Action::Halt | Action::Reset));
    let silent = printed.is_empty();
    match (end, failed) {
        (End::Left { .. } | End::Returned(_), _) => Outcome::WildJump,
        (End::Spins, None) if silent && !reports && *required != Required::Start => {
            Outcome::SilentRefusal
        }
        (End::Spins | End::TooLong { .. }, _) if silent => Outcome::SilentHang,
        (End::Spins | End::TooLong { .. }, _) => Outcome::Hang,
        (_, Some(_)) if *required == Required::Start => Outcome::FalseReport,
        (_, Some(_)) if required.is_met_by(&report) => Outcome::Reported,
        (_, Some(_)) => Outcome::ReportedInexactly,
        (End::TripleFault { .. }, None) => Outcome::TripleFault,
        (End::Halted | End::Reset, None) => Outcome::SilentEnd,
    }
}

/// Reports whether digested bytes differ from those that the loader wrote: of segments, and of the native purgatory.
///
/// # Errors
///
/// Returns an error if the image has no memory where its segments are.
pub fn is_corrupted(image: &mut Image, required: &Required) -> Result<bool> {
    if image.loader == Loader::Native {
        return Ok(!matches!(required, Required::Start | Required::StartOrReport));
    }
    for (segment, loaded) in image.digested.iter().zip(&image.loaded) {
        if image.ram.bytes(segment.range())? != loaded {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Classifies a start of the image.
fn started(image: &mut Image, corrupted: bool, finished: &Finished) -> Result<Outcome> {
    // The native purgatory's own contents are digested too, and repaired before.
    let contents = image.tables.own.start..image.tables.code.end;
    let is_native = image.loader == Loader::Native;
    if corrupted || is_native && !image.own.starts_with(image.ram.bytes(contents)?) {
        return Ok(Outcome::StartedCorrupted);
    }
    let mut as_loaded = general(&image.entry) == finished.registers.general
        && finished.control_registers == CONTROL_REGISTERS;
    for (segment, loaded) in image.digested.iter().zip(&image.loaded) {
        // The purgatory copies low memory of the crashed kernel there, as three numbers without a digest tell it.
        as_loaded &= segment.is_copy || image.ram.bytes(segment.range())? == loaded;
    }
    Ok(if as_loaded { Outcome::Started } else { Outcome::StartedWrong })
}

/// Returns the general registers in the order of the instruction encoding.
fn general(entry: &EntryRegs) -> [u64; 16] {
    let EntryRegs { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, .. } = *entry;
    let EntryRegs { r8, r9, r10, r11, r12, r13, r14, r15, .. } = *entry;
    [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15]
}

#[cfg(test)]
mod tests {
    use super::*;
    use purgatory_abi::status::Status;

    const LIST: &str = "purgatory: verdict version=1 loader=native status=list-corrupted implementation=none regions=0 bytes=0 nmis=0 action=reset\r\n";
    const BOOT: &str = "purgatory: verdict version=1 loader=native status=verified implementation=scalar regions=2 bytes=9 nmis=0 action=boot\r\n";

    fn class(end: End, printed: &str, required: &Required) -> Outcome {
        not_started(end, printed, true, required)
    }

    #[test]
    fn a_verdict_counts_as_exact_only_if_it_is_required() {
        let corrupted = |status| Required::Report(vec![status]);
        for end in [End::Halted, End::Reset, End::TripleFault { vector: 14, rip: 0 }] {
            let class = |required| class(end, LIST, &required);
            assert_eq!(class(corrupted(Status::ListCorrupted)), Outcome::Reported);
            assert_eq!(class(Required::StartOrReport), Outcome::Reported);
            assert_eq!(class(corrupted(Status::CodeCorrupted)), Outcome::ReportedInexactly);
            assert_eq!(class(Required::Start), Outcome::FalseReport);
        }
    }

    #[test]
    fn an_end_without_a_verdict_of_a_failure_has_its_own_class() {
        for printed in ["", "purgatory: mism", BOOT] {
            let class = |end| class(end, printed, &Required::StartOrReport);
            assert_eq!(class(End::Halted), Outcome::SilentEnd);
            assert_eq!(class(End::Reset), Outcome::SilentEnd);
            assert_eq!(class(End::TripleFault { vector: 14, rip: 0 }), Outcome::TripleFault);
            let hang = if printed.is_empty() { Outcome::SilentHang } else { Outcome::Hang };
            assert_eq!(class(End::Spins), hang);
        }
        assert_eq!(class(End::Spins, LIST, &Required::StartOrReport), Outcome::Hang);
        assert_eq!(class(End::Left { rip: 8 }, LIST, &Required::Start), Outcome::WildJump);
        assert_eq!(class(End::Returned(0), "", &Required::Start), Outcome::WildJump);
    }

    #[test]
    fn only_a_stock_purgatory_refuses_by_spinning() {
        let digest = Required::Digest { expected: [0; 32], actual: [1; 32] };
        let spins = |reports, required| not_started(End::Spins, "", reports, required);
        assert_eq!(spins(false, &digest), Outcome::SilentRefusal);
        assert_eq!(spins(false, &Required::Start), Outcome::SilentHang);
        assert_eq!(spins(true, &digest), Outcome::SilentHang);
    }
}

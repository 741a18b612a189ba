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
    let printed = format!("{}{}", finished.printed, finished.printed_on_ttys1);
    let report = Report::parse(&printed);
    let failed =
        report.verdict().filter(|verdict| matches!(verdict.action, Action::Halt | Action::Reset));
    let silent = printed.is_empty();
    Ok(match (finished.end, failed) {
        (End::Left { rip }, _) if rip == image.entry.rip => started(image, corrupted, finished)?,
        (End::Left { .. } | End::Returned(_), _) => Outcome::WildJump,
        (End::Spins, None) if silent && !image.reports && !matches!(required, Required::Start) => {
            Outcome::SilentRefusal
        }
        (End::Spins | End::TooLong { .. }, _) if silent => Outcome::SilentHang,
        (End::Spins | End::TooLong { .. }, _) => Outcome::Hang,
        (_, Some(_)) if *required == Required::Start => Outcome::FalseReport,
        (_, Some(_)) if required.is_met_by(&report) => Outcome::Reported,
        (_, Some(_)) => Outcome::ReportedInexactly,
        (End::TripleFault { .. }, None) => Outcome::TripleFault,
        (End::Halted | End::Reset, None) => Outcome::SilentEnd,
    })
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

//! The report: which lines are printed, in which order. [`purgatory_abi::report`] defines the lines.

mod chunks;
mod fault;
mod one_digest;

pub use chunks::chunks;
pub use fault::{Fault, fault};
pub use one_digest::one_digest;
pub use purgatory_abi::report::VerdictLine as Verdict;

use crate::plan::Defect;
use crate::warnings::Warnings;
use purgatory_abi::report::{Headline, Part, Place, Sink, SpeedLine, Write};
use purgatory_abi::status::Status;

/// Prints what was odd.
#[inline(never)]
pub fn warnings<S: Sink>(sink: &mut S, warnings: &Warnings<'_>) {
    for warning in warnings.iter() {
        warning.write(sink);
    }
}

/// Prints the verdict.
#[inline(never)]
pub fn verdict<S: Sink>(sink: &mut S, verdict: &Verdict<'_>) {
    verdict.write(sink);
}

/// The headline of an outcome. A slot of the defect is that of a `part`.
#[inline(always)]
fn headline(status: Status, defect: Option<Defect>, part: fn(u8) -> Part) -> Headline {
    let place = defect.map(|Defect { slot, address, .. }| Place { address, part: slot.map(part) });
    Headline { status, place }
}

/// The speed at which `bytes` were digested in so many ticks of the time-stamp counter.
fn speed(bytes: u64, ticks: u64, zeros: Option<u64>) -> SpeedLine {
    let tenths = ticks.wrapping_mul(10).checked_div(bytes).unwrap_or(0);
    SpeedLine { bytes, tenths, zeros }
}

#[cfg(test)]
mod tests {
    use purgatory_abi::report::{Line, Report};
    use purgatory_sha256::Implementation;

    /// The lines of a report that consists of nothing else.
    pub(super) fn parsed(report: Vec<u8>) -> Vec<Line<'static>> {
        let text = String::from_utf8(report).expect("ASCII");
        let report = Report::parse(Box::leak(text.into_boxed_str()));
        assert!(report.others.is_empty(), "{report:?}");
        report.lines
    }

    #[test]
    fn the_page_of_the_report_lists_the_implementations_fastest_first() {
        let page = include_str!("../../../docs/report.md");
        let (_, table) = page.split_once("| implementation | instructions |").expect("the table");
        let names = table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next());
        assert!(names.eq(Implementation::NAMES));
    }
}

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

/// The report of corrupted code in the drop-ins, for instructions that use nothing else.
pub const CODE_CORRUPTED: &[u8; 122] = b"purgatory: verdict version=1 loader=none status=code-corrupted implementation=none regions=0 bytes=0 nmis=0 action=reset\r\n";

/// Prints the warnings.
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

/// Returns the headline of an outcome. `part` tells whether the defect's slot is that of a region or of a segment.
#[inline(always)]
fn headline(status: Status, defect: Option<Defect>, part: fn(u8) -> Part) -> Headline {
    let place = defect.map(|Defect { slot, address, .. }| Place { address, part: slot.map(part) });
    Headline { status, place }
}

/// Returns the speed line: `bytes` were digested in `ticks` of the time-stamp counter.
fn speed(bytes: u64, ticks: u64, zeros: Option<u64>) -> SpeedLine {
    let tenths = ticks.wrapping_mul(10).checked_div(bytes).unwrap_or(0);
    SpeedLine { bytes, tenths, zeros }
}

#[cfg(test)]
mod tests {
    use purgatory_abi::report::{Line, Report};
    use purgatory_sha256::Implementation;

    /// Returns the lines of a report in which every line is valid.
    pub(super) fn parsed(report: Vec<u8>) -> Vec<Line<'static>> {
        let text = String::from_utf8(report).expect("ASCII");
        let report = Report::parse(Box::leak(text.into_boxed_str()));
        assert!(report.others.is_empty(), "{report:?}");
        report.lines
    }

    /// Only builds with this feature have the name of the status: the drop-ins have the constant line instead.
    #[test]
    #[cfg(feature = "native")]
    fn report_of_corrupted_code_is_a_verdict() {
        use super::{CODE_CORRUPTED, Verdict};
        use purgatory_abi::status::{Action, Status};
        let verdict = Verdict {
            loader: None,
            status: Status::CodeCorrupted,
            implementation: None,
            regions: 0,
            bytes: 0,
            nmis: 0,
            action: Action::Reset,
        };
        let mut written = Vec::new();
        super::verdict(&mut written, &verdict);
        assert_eq!(written, CODE_CORRUPTED);
    }

    #[test]
    fn docs_list_the_implementations_fastest_first() {
        let page = include_str!("../../../docs/report.md");
        let (_, table) = page.split_once("| implementation | instructions |").expect("the table");
        let names = table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next());
        assert!(names.eq(Implementation::NAMES));
    }
}

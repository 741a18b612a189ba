//! The result of a run: one type for the expected and the actual result.

use std::fmt;

use anyhow::{Result, bail, ensure};
use purgatory_abi::Loader;
use purgatory_abi::report::{Line, PREFIX};
use purgatory_abi::status::{Action, Status, Warning};

use crate::verdict::is_of;

/// The first line of the stock purgatory, if it may print (kexec-tools, `purgatory/purgatory.c`).
const GREETING: &str = "I'm in purgatory";

/// Its line after a digest mismatch.
const NO_MATCH: &str = "sha256 digests do not match :(";

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The loaded kernel comes up, and if there is something to dump, that works.
    Boots,
    /// The same, but its command line differs from the configured one.
    BootsWithoutLine,
    /// The capture kernel comes up, and its dump fails.
    NoDump,
    /// The processor jumps to where it is, in the purgatory.
    Spins,
    /// The processor halts, in the purgatory.
    Halts,
    /// The machine is reset or switched off, and nothing has come up.
    Resets,
    /// None of these, within the limit.
    Stalls,
    /// `kexec` itself loads nothing, and ends with this status.
    Refused(u8),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boots => "boots",
            Self::BootsWithoutLine => "boots, command line destroyed",
            Self::NoDump => "boots, no dump",
            Self::Spins => "spins",
            Self::Halts => "halts",
            Self::Resets => "resets",
            Self::Stalls => "stalls",
            Self::Refused(_) => "`kexec` loads nothing",
        })
    }
}

/// Where something is lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On ttyS0.
    TtyS0,
    /// On ttyS1.
    TtyS1,
    /// In the text memory of the VGA adapter.
    Vga,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TtyS0 => "ttyS0",
            Self::TtyS1 => "ttyS1",
            Self::Vga => "the screen",
        })
    }
}

/// The printed line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Printed {
    /// The first line of the stock purgatory.
    Greeting,
    /// The last line of the stock purgatory.
    NoMatch,
    /// A warning of our purgatory.
    Warning(Warning),
    /// A verdict of our purgatory.
    Verdict(Status, Action),
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Greeting => f.write_str(GREETING),
            Self::NoMatch => f.write_str(NO_MATCH),
            Self::Warning(warning) => f.write_str(warning.name()),
            Self::Verdict(status, action) => write!(f, "{}, {}", status.name(), action.name()),
        }
    }
}

/// The end of a run and its printed lines: actual, or expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen<Lines = Vec<(Place, Printed)>> {
    /// How it ends.
    pub end: End,
    /// The printed lines, in order, place by place.
    pub lines: Lines,
}

/// The expected result of a run.
pub type Expected = Seen<&'static [(Place, Printed)]>;

impl Seen {
    /// Compares it with the expected result.
    ///
    /// # Errors
    /// It differs.
    pub fn check(&self, expected: &Expected) -> Result<()> {
        ensure!(
            self.end == expected.end && self.lines == expected.lines,
            "expected \"{expected}\", and saw \"{self}\""
        );
        Ok(())
    }
}

impl<Lines: AsRef<[(Place, Printed)]>> fmt::Display for Seen<Lines> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, printed) in self.lines.as_ref() {
            write!(f, "`{printed}` on {place}; ")?;
        }
        write!(f, "{}", self.end)?;
        let no_output = matches!(self.end, End::Spins | End::Halts | End::Resets | End::Stalls)
            && self.lines.as_ref().is_empty();
        if no_output { f.write_str(", no output") } else { Ok(()) }
    }
}

/// Returns the contents of the lines of one place.
///
/// # Errors
/// A line starts like a report's but is malformed, or a verdict names another loader.
pub fn printed_lines<'a>(
    loader: Loader,
    place: Place,
    lines: impl Iterator<Item = &'a str>,
) -> Result<Vec<(Place, Printed)>> {
    let mut found = Vec::new();
    for line in lines {
        let printed = if line.contains(GREETING) {
            Printed::Greeting
        } else if line.contains(NO_MATCH) {
            Printed::NoMatch
        } else {
            match Line::parse(line) {
                Some(Line::Warning(warning)) => Printed::Warning(warning.warning),
                Some(Line::Verdict(verdict)) if is_of(&verdict, loader) => {
                    Printed::Verdict(verdict.status, verdict.action)
                }
                Some(Line::Verdict(verdict)) => bail!("a verdict for another loader: {verdict:?}"),
                None if line.contains(PREFIX) => bail!("not a line of a report: {line}"),
                _ => continue,
            }
        };
        found.push((place, printed));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "[ 1.0] x\n\
        purgatory: warning: serial-baud-unknown at 0x0000000000001234 \n\
        purgatory: mismatch\n\
        purgatory: verdict version=1 loader=kexec-tools status=mismatch implementation=scalar regions=1 bytes=2 nmis=0 \
        action=halt\n";

    fn lines_of(text: &str) -> Result<Vec<(Place, Printed)>> {
        printed_lines(Loader::KexecTools, Place::TtyS1, text.lines())
    }

    #[test]
    fn reads_the_lines_of_each_purgatory() {
        let verdict = Printed::Verdict(Status::Mismatch, Action::Halt);
        let warning = Printed::Warning(Warning::SerialBaudUnknown);
        let ours = [(Place::TtyS1, warning), (Place::TtyS1, verdict)];
        assert_eq!(lines_of(REPORT).unwrap(), ours);
        let stock = "I'm in purgatory\nsha256 digests do not match :(\n       digest: 00 01\n";
        let lines = [(Place::TtyS1, Printed::Greeting), (Place::TtyS1, Printed::NoMatch)];
        assert_eq!(lines_of(stock).unwrap(), lines);
        assert_eq!(lines_of("a kernel's line\n").unwrap(), []);
    }

    #[test]
    fn rejects_unknown_values() {
        assert!(lines_of(&REPORT.replace("loader=kexec-tools", "loader=none")).is_err());
        assert!(lines_of(&REPORT.replace("loader=kexec-tools", "loader=linux")).is_err());
        assert!(lines_of(&REPORT.replace("status=mismatch", "status=odd")).is_err());
        assert!(lines_of(&REPORT.replace("action=halt", "action=odd")).is_err());
        assert!(lines_of(&REPORT.replace("serial-baud-unknown", "odd")).is_err());
    }

    #[test]
    fn summarizes_a_run_in_one_line() {
        let lines = lines_of(REPORT).unwrap();
        let seen = Seen { end: End::Halts, lines };
        let text = "`serial-baud-unknown` on ttyS1; `mismatch, halt` on ttyS1; halts";
        assert_eq!(seen.to_string(), text);
        let silent = Seen { end: End::Spins, lines: Vec::new() };
        assert_eq!(silent.to_string(), "spins, no output");
        assert_eq!(Seen { end: End::Boots, lines: Vec::new() }.to_string(), "boots");
    }

    #[test]
    fn every_difference_is_one() {
        const EXPECTED: Expected =
            Expected { end: End::Halts, lines: &[(Place::TtyS0, Printed::Greeting)] };
        let seen = Seen { end: End::Halts, lines: EXPECTED.lines.to_vec() };
        assert!(seen.check(&EXPECTED).is_ok());
        let other =
            |end, lines: &[_]| Seen { end, lines: lines.to_vec() }.check(&EXPECTED).is_err();
        assert!(other(End::Spins, EXPECTED.lines));
        assert!(other(End::Halts, &[]));
        assert!(other(End::Halts, &[(Place::TtyS1, Printed::Greeting)]));
        assert!(other(End::Halts, &[EXPECTED.lines[0], EXPECTED.lines[0]]));
    }
}

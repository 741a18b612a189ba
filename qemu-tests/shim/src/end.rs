//! How a run of the shim ended, as its last line says.

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The blob handed over, and everything on the other side is as it has to be.
    Passed,
    /// The blob handed over, and something is not as it has to be.
    Failed,
    /// The shim itself could not carry out the order.
    Error,
    /// The blob, as a guest, halted for ever.
    GuestHalted,
    /// The blob, as a guest, shut down: a triple fault.
    GuestShutDown,
}

impl End {
    /// The start of the line, after the `shim: ` of all lines.
    pub const LINE: &str = "end ";

    const ALL: [Self; 5] =
        [Self::Passed, Self::Failed, Self::Error, Self::GuestHalted, Self::GuestShutDown];

    /// Its name in the output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Error => "error",
            Self::GuestHalted => "guest-halted",
            Self::GuestShutDown => "guest-shut-down",
        }
    }

    /// How the run ended whose output this is, or nothing if it has not.
    #[must_use]
    pub fn of(output: &str) -> Option<Self> {
        let (lines, _) = output.rsplit_once('\n')?;
        let last = lines.lines().last()?;
        let name = last.strip_prefix("shim: ")?.strip_prefix(Self::LINE)?;
        Self::ALL.into_iter().find(|end| end.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_line_says_it() {
        assert_eq!(End::of("shim: enter\nshim: end guest-halted\n"), Some(End::GuestHalted));
        assert_eq!(End::of("shim: end passed\n"), Some(End::Passed));
    }

    #[test]
    fn a_continuing_run_has_no_end() {
        for output in ["", "shim: end passed", "shim: enter\n", "shim: end soon\n", "end passed\n"]
        {
            assert_eq!(End::of(output), None, "{output:?}");
        }
    }
}

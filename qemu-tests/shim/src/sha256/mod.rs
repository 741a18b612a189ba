//! The shim's other work: SHA-256 backends, checked and counted on the processor that it stands on.

pub mod shapes;
pub mod vectors;

/// What the command line begins with, in place of a [`Setup`](crate::setup::Setup).
const WORD: &str = "sha256=";

/// What is to be done with the backends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Compare the digests of each with known ones (`sha256=check`).
    Check,
    /// The same with a byte of two messages flipped, so that each backend must be found to be wrong (`sha256=broken`).
    Broken,
    /// Count the instructions that each needs (`sha256=count`).
    Count,
}

impl Task {
    /// The task that the command line names; none if it is not about backends.
    #[must_use]
    pub fn of(command_line: &str) -> Option<Self> {
        match command_line.strip_prefix(WORD)? {
            "check" => Some(Self::Check),
            "broken" => Some(Self::Broken),
            "count" => Some(Self::Count),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_has_its_word() {
        assert_eq!(Task::of("sha256=check"), Some(Task::Check));
        assert_eq!(Task::of("sha256=broken"), Some(Task::Broken));
        assert_eq!(Task::of("sha256=count"), Some(Task::Count));
    }

    #[test]
    fn other_command_lines_are_no_task() {
        for line in
            ["", "check", "sha256=", "sha256=all", "sha256=check -- quiet", "-- sha256=check"]
        {
            assert_eq!(Task::of(line), None, "{line}");
        }
    }
}

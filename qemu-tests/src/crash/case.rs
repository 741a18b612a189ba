//! What is done in a run, and what is expected of it.

use std::time::Duration;

use purgatory_abi::status::{Action, Status};

use crate::guest::first::Facts;

/// Which purgatory the kernel loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purgatory {
    /// The one that the kernel embeds.
    Stock,
    /// Ours, in its place.
    Ours,
}

impl Purgatory {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Stock, Self::Ours];

    /// What the runs call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Ours => "ours",
        }
    }
}

/// A segment of which one byte is changed between load and panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// In the middle of the kernel.
    Kernel,
    /// In the middle of the initrd.
    Initrd,
    /// The last byte of `boot_params`, which nobody reads.
    BootParams,
    /// A letter of a word that nobody reads.
    CommandLine,
    /// The alignment of the last program header, which nobody reads.
    Elfcorehdr,
}

/// How the loaded kernel is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// `kexec -s -p`, then a panic.
    Panic,
    /// `kexec -s -l`, then `kexec -e`.
    Exec,
}

/// What is done in a run.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What the runs call it.
    pub name: &'static str,
    /// How the loaded kernel is started.
    pub start: Start,
    /// What is changed before.
    pub changed: Option<Changed>,
    /// The serial port that the loaded kernel's command line names: 0 for ttyS0.
    pub console: usize,
    /// More words of the loaded kernel's command line.
    pub words: &'static str,
    /// What our purgatory is expected to do after a report.
    action: Action,
    /// How long our purgatory is expected to wait before a reset.
    pub wait: Duration,
}

/// What is expected of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Whether the loaded kernel comes up.
    pub starts: bool,
    /// The verdict on the serial line, if there is to be one.
    pub verdict: Option<(Status, Action)>,
}

const CLEAN: Case = Case {
    name: "clean",
    start: Start::Panic,
    changed: None,
    console: 0,
    words: "",
    action: Action::Halt,
    wait: Duration::ZERO,
};

const fn changed(name: &'static str, segment: Changed) -> Case {
    Case { name, changed: Some(segment), ..CLEAN }
}

/// Runs of both purgatories.
pub const TWINS: [Case; 7] = [
    CLEAN,
    changed("kernel-changed", Changed::Kernel),
    changed("initrd-changed", Changed::Initrd),
    changed("boot-params-changed", Changed::BootParams),
    changed("command-line-changed", Changed::CommandLine),
    changed("elfcorehdr-changed", Changed::Elfcorehdr),
    Case { name: "exec", start: Start::Exec, words: VERBOSE, ..CLEAN },
];

/// Runs of our purgatory alone: the stock one has none of these words.
pub const OURS: [Case; 5] = [
    Case { name: "verbose", words: VERBOSE, ..CLEAN },
    Case { name: "console-ttyS1", console: 1, ..changed("", Changed::Kernel) },
    Case {
        name: "reset",
        words: "purgatory.on_failure=reset,1",
        action: Action::Reset,
        wait: Duration::from_secs(1),
        ..changed("", Changed::Kernel)
    },
    Case {
        name: "panic-seconds",
        words: "panic=3",
        action: Action::Reset,
        wait: Duration::from_secs(3),
        ..changed("", Changed::Kernel)
    },
    Case {
        name: "continue",
        words: "purgatory.on_failure=continue",
        action: Action::Continue,
        ..changed("", Changed::CommandLine)
    },
];

const VERBOSE: &str = "purgatory.verbose";

impl Case {
    /// What is expected of a run on a kernel with these facts.
    #[must_use]
    pub fn expected(&self, purgatory: Purgatory, facts: &Facts) -> Expected {
        // A kernel that rewrites elfcorehdr on hotplug leaves it out of the digest.
        let seen = match self.changed {
            None => false,
            Some(Changed::Elfcorehdr) => !facts.crash_hotplug,
            Some(_) => true,
        };
        let verdict = match purgatory {
            Purgatory::Stock => None,
            Purgatory::Ours if seen => Some((Status::Mismatch, self.action)),
            Purgatory::Ours => (self.words == VERBOSE).then_some((Status::Verified, Action::Boot)),
        };
        let goes_on = purgatory == Purgatory::Ours && self.action == Action::Continue;
        Expected { starts: !seen || goes_on, verdict }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(name: &str, purgatory: Purgatory, crash_hotplug: bool) -> Expected {
        let case = TWINS.iter().chain(&OURS).find(|case| case.name == name).unwrap();
        case.expected(purgatory, &Facts { crash_hotplug, ..Facts::default() })
    }

    #[test]
    fn a_changed_elfcorehdr_is_seen_only_where_it_is_digested() {
        for purgatory in Purgatory::ALL {
            assert!(expected("elfcorehdr-changed", purgatory, true).starts);
            assert!(!expected("elfcorehdr-changed", purgatory, false).starts);
        }
    }

    #[test]
    fn the_stock_purgatory_is_silent_and_ours_speaks() {
        let mismatch = Some((Status::Mismatch, Action::Halt));
        let silent = Expected { starts: false, verdict: None };
        assert_eq!(expected("kernel-changed", Purgatory::Stock, true), silent);
        let spoken = Expected { starts: false, verdict: mismatch };
        assert_eq!(expected("kernel-changed", Purgatory::Ours, true), spoken);
        assert_eq!(
            expected("clean", Purgatory::Ours, true),
            Expected { starts: true, verdict: None }
        );
        let verbose = Some((Status::Verified, Action::Boot));
        assert_eq!(expected("verbose", Purgatory::Ours, true).verdict, verbose);
        let went_on =
            Expected { starts: true, verdict: Some((Status::Mismatch, Action::Continue)) };
        assert_eq!(expected("continue", Purgatory::Ours, true), went_on);
    }

    #[test]
    fn every_run_has_a_name_of_its_own() {
        let mut names: Vec<&str> = TWINS.iter().chain(&OURS).map(|case| case.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TWINS.len() + OURS.len());
        assert!(!names.contains(&""));
    }
}

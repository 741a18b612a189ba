//! Exit statuses: one for each class of results, the same for all commands.
//!
//! `--help` is made from this module; `docs/loading.md` and `docs/command-line-tool.md` are tested against it.

/// Declares the statuses with their codes and meanings.
macro_rules! exits {
    ($($name:ident = $code:literal, $meaning:literal;)+) => {
        /// An exit status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Exit {
            $(#[doc = concat!("The status for: ", $meaning, ".")] $name = $code,)+
        }

        impl Exit {
            /// The general meaning. A command may have a more specific one.
            const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning,)+
                }
            }
        }

        #[cfg(test)]
        const ALL: &[Exit] = &[$(Exit::$name,)+];
    };
}

exits! {
    Success = 0, "success";
    Rejected = 1, "rejected: the message gives the reason and what to do";
    UsageOrIo = 2, "invalid arguments, or a file or standard output cannot be read or written";
    NothingToDo = 3, "there is nothing to do";
    UnsupportedKernel = 4, "the file is not a kernel that can be loaded on this machine";
    TruncatedKernel = 5, "the kernel image is truncated";
    TooLarge = 6, "kernel, initrd or another file does not fit into the available memory";
    NoReservation = 7, "no memory is reserved for a capture kernel: crashkernel= is missing";
    NotPermitted = 8, "not permitted: CAP_SYS_BOOT is missing, or the kernel hides facts about the machine";
    Lockdown = 9, "lockdown forbids kexec_load(2)";
    Disabled = 10, "kexec_load(2) is disabled, or its limit is reached, until the next boot";
    NoKexec = 11, "the running kernel has no kexec_load(2)";
    SystemCallFailed = 12, "kexec_load(2) or reboot(2) failed";
    MissingFacts = 13, "a required fact about the machine is missing or not understood";
    NoPurgatory = 14, "this build has no purgatories inside";
}

impl Exit {
    /// Returns the number of the status.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Returns its row in the statuses of a command.
    const fn row(self) -> (Self, &'static str) {
        (self, self.meaning())
    }
}

/// The exit statuses of a command, with their meanings for it.
pub type Statuses = [(Exit, &'static str)];

/// The exit statuses of `purgatory load`.
pub const LOAD: &Statuses = &[
    (Exit::Success, "the kernel was loaded; with --dry-run: it can be loaded"),
    Exit::Rejected.row(),
    Exit::UsageOrIo.row(),
    Exit::UnsupportedKernel.row(),
    Exit::TruncatedKernel.row(),
    Exit::TooLarge.row(),
    Exit::NoReservation.row(),
    Exit::NotPermitted.row(),
    Exit::Lockdown.row(),
    Exit::Disabled.row(),
    Exit::NoKexec.row(),
    (Exit::SystemCallFailed, "kexec_load(2) failed: the previously loaded kernel may be gone"),
    Exit::MissingFacts.row(),
    Exit::NoPurgatory.row(),
];

/// The exit statuses of `purgatory unload`.
pub const UNLOAD: &Statuses = &[
    (Exit::Success, "success, whether or not a kernel was loaded"),
    Exit::UsageOrIo.row(),
    Exit::NotPermitted.row(),
    Exit::Lockdown.row(),
    Exit::Disabled.row(),
    Exit::NoKexec.row(),
    (Exit::SystemCallFailed, "kexec_load(2) failed: the kernel is still loaded"),
    Exit::MissingFacts.row(),
];

/// The exit statuses of `purgatory status`.
pub const STATUS: &Statuses = &[
    (Exit::Success, "success, whether or not a kernel is loaded"),
    Exit::UsageOrIo.row(),
    Exit::NotPermitted.row(),
    Exit::MissingFacts.row(),
];

/// The exit statuses of `purgatory exec`, which returns only if it fails.
pub const EXEC: &Statuses = &[
    Exit::UsageOrIo.row(),
    (Exit::NothingToDo, "no kernel is loaded"),
    Exit::NotPermitted.row(),
    Exit::NoKexec.row(),
    (Exit::SystemCallFailed, "reboot(2) failed: the kernel is still loaded"),
    Exit::MissingFacts.row(),
];

/// The exit statuses of `purgatory embed`.
pub const EMBED: &Statuses = &[
    (Exit::Success, "OUT was written"),
    (Exit::Rejected, "rejected: OUT was not written"),
    (
        Exit::UsageOrIo,
        "invalid arguments, or a file cannot be read or written; or only standard output, after OUT was written",
    ),
    (Exit::NothingToDo, "FILE has this purgatory already: OUT was not written"),
    Exit::NoPurgatory.row(),
];

/// The exit statuses of `purgatory inspect`.
pub const INSPECT: &Statuses = &[
    (Exit::Success, "the purgatory passes all required rules of its loader"),
    (Exit::Rejected, "the purgatory fails a required rule of its loader"),
    (
        Exit::UsageOrIo,
        "invalid arguments, or FILE cannot be read or unpacked, or has no intact purgatory",
    ),
];

/// Returns the last part of a command's help.
pub fn help(statuses: &Statuses) -> String {
    let rows = statuses.iter().map(|(exit, meaning)| format!("\n  {:>2}  {meaning}", exit.code()));
    std::iter::once("Exit status:".to_owned()).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADING: &str = include_str!("../../../docs/loading.md");
    const TOOL: &str = include_str!("../../../docs/command-line-tool.md");

    /// The first two cells of each row of the table with this head, after `start`.
    fn table(page: &str, start: &str, head: &str) -> Vec<(String, String)> {
        let (_, page) = page.split_once(start).expect("the start");
        let lines = page.lines().skip_while(|line| !line.starts_with(head)).skip(2);
        let rows = lines.take_while(|line| line.starts_with("| "));
        rows.map(|row| {
            let mut cells = row.trim_matches(['|', ' ']).split(" | ").map(str::to_owned);
            (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
        })
        .collect()
    }

    fn rows(statuses: &Statuses) -> Vec<(String, String)> {
        let row = |(exit, meaning): &(Exit, &str)| (exit.code().to_string(), (*meaning).to_owned());
        statuses.iter().map(row).collect()
    }

    #[test]
    fn loading_page_lists_all_statuses() {
        let all: Vec<_> = ALL.iter().map(|exit| exit.row()).collect();
        assert_eq!(table(LOADING, "## Exit statuses", "| status | "), rows(&all));
    }

    #[test]
    fn loading_page_lists_the_statuses_of_each_command() {
        let commands = [("load", LOAD), ("unload", UNLOAD), ("status", STATUS), ("exec", EXEC)];
        let expected = commands.map(|(command, statuses)| {
            let codes: Vec<_> = statuses.iter().map(|(exit, _)| exit.code().to_string()).collect();
            (format!("`{command}`"), codes.join(", "))
        });
        assert_eq!(table(LOADING, "## Exit statuses", "| command | "), expected);
    }

    #[test]
    fn tool_page_lists_the_statuses_of_its_commands() {
        assert_eq!(table(TOOL, "## purgatory embed", "| exit status | "), rows(EMBED));
        assert_eq!(table(TOOL, "## purgatory inspect", "| exit status | "), rows(INSPECT));
    }

    #[test]
    fn lists_each_status_once_in_order() {
        for statuses in [LOAD, UNLOAD, STATUS, EXEC, EMBED, INSPECT] {
            assert!(statuses.is_sorted_by(|(a, _), (b, _)| a.code() < b.code()), "{statuses:?}");
        }
        let used = |exit| [LOAD, EXEC].concat().iter().any(|(used, _)| *used == exit);
        assert!(ALL.iter().all(|exit| used(*exit)), "a status that no command has");
    }

    #[test]
    fn help_aligns_the_codes() {
        let help = help(&[(Exit::Success, "done"), Exit::NoPurgatory.row()]);
        let expected = "Exit status:\n   0  done\n  14  this build has no purgatories inside";
        assert_eq!(help, expected);
    }
}

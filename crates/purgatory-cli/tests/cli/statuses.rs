//! Exit statuses, compared with the tables in the help and the docs of each command.

use purgatory_cli::Exit;
use purgatory_cli::exit::{self, Statuses};
use purgatory_cli::kexec::KexecError;

/// Checks that a run with `arguments` may end with `status`.
#[track_caller]
pub(crate) fn assert_listed(arguments: &[&str], status: i32) {
    let statuses = match arguments.first().copied().unwrap_or_default() {
        "load" => exit::LOAD,
        "unload" => exit::UNLOAD,
        "status" => exit::STATUS,
        "exec" => exit::EXEC,
        "embed" => exit::EMBED,
        "inspect" => exit::INSPECT,
        _ => &[(Exit::UsageOrIo, "no such command")],
    };
    let is_help = arguments.contains(&"--help") && status == 0;
    assert!(is_help || contains(statuses, status), "{arguments:?} ends with {status}");
}

/// Returns the exit status for `error`, which `command` must list.
#[track_caller]
pub(crate) fn listed(command: &str, error: &KexecError) -> Exit {
    assert_listed(&[command], error.exit().code().into());
    error.exit()
}

fn contains(statuses: &Statuses, status: i32) -> bool {
    statuses.iter().any(|(exit, _)| i32::from(exit.code()) == status)
}

#[test]
fn finds_a_status_only_in_the_table_of_its_command() {
    assert!(contains(exit::STATUS, 8) && contains(exit::EMBED, 14));
    assert!(!contains(exit::STATUS, 14) && !contains(exit::EMBED, 8));
}

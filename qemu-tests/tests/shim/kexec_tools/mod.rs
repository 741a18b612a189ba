//! Settings that only kexec-tools gives its purgatory.

mod backup;
mod command_line_end;
mod jump_back;
mod screen;
mod serial;
mod skip_checks;
mod start;

use qemu_tests::shim::Case;

/// The topics and their cases.
pub(crate) fn cases() -> [(&'static str, Vec<Case>); 7] {
    [
        ("backup", backup::cases()),
        ("command-line-end", command_line_end::cases()),
        ("jump-back", jump_back::cases()),
        ("screen", screen::cases()),
        ("serial", serial::cases()),
        ("skip-checks", skip_checks::cases()),
        ("start", start::cases()),
    ]
}

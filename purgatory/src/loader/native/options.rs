//! The header's consoles and failure action. They have priority over those of the command line.

use crate::config::{Consoles, Settings};
use crate::policy::is_known;
use crate::warnings::Warnings;
use purgatory_abi::FailureAction;
use purgatory_abi::native::{Console, Policy};
use purgatory_abi::status::Warning;

/// The longest wait before a reset if the header is corrupted, in seconds.
const MAX_SECONDS: u32 = 60;

/// Replaces failure action and verbosity in `settings` by the header's. Ignores invalid values. A failure action that
/// this build does not have is ignored with a warning.
pub(super) fn policy(policy: &Policy, settings: &mut Settings, warnings: &mut Warnings<'_>) {
    match FailureAction::of(policy) {
        Some(on_failure) if is_known(on_failure) => settings.set_on_failure(on_failure),
        Some(_) => warnings.at(Warning::OnFailureUnknown, policy.on_failure.into()),
        None => {}
    }
    settings.verbose |= policy.verbose == 1;
}

/// Limits the wait before a reset: the seconds of a corrupted header may mean years.
pub(super) fn limit_wait(settings: &mut Settings) {
    if let Some(FailureAction::Reset(seconds)) = settings.on_failure {
        settings.on_failure = Some(FailureAction::Reset(seconds.min(MAX_SECONDS)));
    }
}

/// Replaces the consoles in `settings` by the header's. An invalid value is ignored, with a warning.
pub(super) fn consoles(consoles: &[Console], settings: &mut Settings, warnings: &mut Warnings<'_>) {
    let mut given = None;
    for console in consoles {
        if let Some(setting) = console.setting(|warning, value| warnings.at(warning, value)) {
            let given = given.get_or_insert_with(Consoles::default);
            setting.into_iter().for_each(|serial| given.add(serial));
        }
    }
    settings.consoles = given.unwrap_or(settings.consoles);
}

#[cfg(test)]
mod tests {
    use super::*;
    use purgatory_abi::console::Serial;

    /// The settings of the command line: ttyS2 and a reset.
    fn from_command_line() -> Settings {
        let serial = Serial::at(0x3e8).expect("ttyS2");
        let consoles = Consoles::only(serial);
        Settings { consoles, on_failure: Some(FailureAction::Reset(7)), ..Settings::DEFAULT }
    }

    /// The settings after a header with this policy and these consoles, and the warnings.
    fn after(policy: Policy, consoles: &[Console]) -> (Settings, Vec<(Warning, u64)>) {
        let (mut settings, mut warnings) = (from_command_line(), Warnings::default());
        super::policy(&policy, &mut settings, &mut warnings);
        super::consoles(consoles, &mut settings, &mut warnings);
        (settings, warnings.iter().map(|line| (line.warning, line.address)).collect())
    }

    fn ports(consoles: &[Console]) -> Vec<(u16, Option<u32>)> {
        let (settings, warnings) = after(Policy::default(), consoles);
        assert_eq!(warnings, []);
        settings.consoles.iter().map(|s| (s.port, s.baud.map(Into::into))).collect()
    }

    #[test]
    fn an_empty_header_changes_nothing() {
        assert_eq!(after(Policy::default(), &[]), (from_command_line(), vec![]));
    }

    #[test]
    fn the_failure_action_of_the_header_replaces_that_of_the_command_line() {
        for (number, expected) in [
            (0, FailureAction::Reset(7)),
            (1, FailureAction::Halt),
            (2, FailureAction::Reset(30)),
            (3, FailureAction::Continue),
            // Rejected before anything is verified.
            (4, FailureAction::Reset(7)),
        ] {
            let policy = Policy { on_failure: number, seconds: 30, ..Policy::default() };
            let mut settings = from_command_line();
            settings.set_on_failure(expected);
            assert_eq!(after(policy, &[]), (settings, vec![]), "{number}");
        }
    }

    #[test]
    fn verbose_is_set_by_the_header_or_the_command_line() {
        let verbose = |verbose, before| {
            let mut settings = Settings { verbose: before, ..from_command_line() };
            let mut warnings = Warnings::default();
            policy(&Policy { verbose, ..Policy::default() }, &mut settings, &mut warnings);
            settings.verbose
        };
        assert!(verbose(1, false) && verbose(0, true) && verbose(1, true));
        assert!(!verbose(0, false));
    }

    #[test]
    fn consoles_of_the_header_replace_those_of_the_command_line() {
        let [unused, first, second] =
            [Console::default(), Console::uart(0x3f8, 115_200), Console::uart(0x2f8, 0)];
        assert_eq!(ports(&[unused; 4]), [(0x3e8, None)]);
        assert_eq!(ports(&[unused, second]), [(0x2f8, None)]);
        assert_eq!(
            ports(&[first, unused, unused, second]),
            [(0x3f8, Some(115_200)), (0x2f8, None)]
        );
        assert_eq!(ports(&[Console::SILENT]), []);
        assert_eq!(ports(&[Console::SILENT, first]), [(0x3f8, Some(115_200))]);
    }

    #[test]
    fn an_invalid_port_gives_a_warning_and_the_command_line_is_used() {
        for address in [0, 7, 0xfff9, 0x1_03f8, u64::MAX] {
            let console = Console { address, ..Console::uart(0, 0) };
            let (settings, warnings) = after(Policy::default(), &[console]);
            assert_eq!(settings, from_command_line());
            assert_eq!(warnings, [(Warning::SerialBaseUnknown, address)]);
        }
    }

    #[test]
    fn an_invalid_speed_gives_a_warning_and_the_speed_stays() {
        let (settings, warnings) = after(Policy::default(), &[Console::uart(0x2f8, 1000)]);
        assert_eq!(settings.consoles, Consoles::only(Serial::at(0x2f8).expect("ttyS1")));
        assert_eq!(warnings, [(Warning::SerialBaudUnknown, 1000)]);
    }
}

//! Consoles, failure policy and loudness: our own words first, else what Linux was told, else the default.

use super::Consoles;
use super::console;
use crate::image::Image;
use crate::warnings::Warnings;
use purgatory_abi::FailureAction;
use purgatory_abi::command_line::Parameters;
use purgatory_abi::console::{NONE, Serial};
use purgatory_abi::number;
use purgatory_abi::status::Warning;

/// How the image wants to be handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where to speak.
    pub consoles: Consoles,
    /// What to do on failure.
    pub on_failure: FailureAction,
    /// Whether to speak on success too.
    pub verbose: bool,
}

impl Settings {
    /// What holds where nothing is known of the image.
    pub const DEFAULT: Self = Self {
        consoles: Consoles::only(Serial::DEFAULT),
        on_failure: FailureAction::Halt,
        verbose: false,
    };
}

/// Whose word a setting is, least first: one of ours is not changed by one of Linux's, wherever it stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    Default,
    Linux,
    Us,
}

/// The settings so far, and whose words they are.
struct Reader<'s> {
    settings: &'s mut Settings,
    consoles_by: By,
    on_failure_by: By,
}

/// Reads the command line into `settings`, which hold the defaults; notes in `image` where it says that elfcorehdr is.
#[inline(never)]
pub(super) fn read<'m>(
    line: &'m [u8],
    settings: &mut Settings,
    image: &mut Image,
    warnings: &mut Warnings<'m>,
) {
    let mut reader = Reader { settings, consoles_by: By::Default, on_failure_by: By::Default };
    for word in Parameters::of(line) {
        if let Some(name) = word.name.strip_prefix(b"purgatory.") {
            if let Some(warning) = reader.own_word(name, word.value) {
                warnings.about(warning, word.text);
            }
        } else if let Some(value) = word.value {
            reader.linux_word(word.name, value, image);
        }
    }
}

impl Reader<'_> {
    /// Takes a word of ours, without its prefix; the warning if it has no meaning.
    #[inline(never)]
    fn own_word(&mut self, name: &[u8], value: Option<&[u8]>) -> Option<Warning> {
        let text = value.unwrap_or_default();
        if same(name, "console") {
            let vga = cfg!(feature = "kexec-tools") && same(text, "vga");
            let serial = Serial::parse(text);
            if serial.is_none() && !vga && !same(text, NONE) {
                return Some(Warning::ConsoleUnknown);
            }
            self.console(By::Us, serial);
            if vga {
                self.settings.consoles.vga = true;
            }
        } else if same(name, "on_failure") {
            let Some(on_failure) = FailureAction::parse(text) else {
                return Some(Warning::OnFailureUnknown);
            };
            self.on_failure(By::Us, on_failure);
        } else if same(name, "verbose") && value.is_none() {
            self.settings.verbose = true;
        } else {
            return Some(Warning::ParameterUnknown);
        }
        None
    }

    /// Takes a word of Linux's. One that Linux itself would not understand says nothing here either.
    #[inline(never)]
    fn linux_word(&mut self, name: &[u8], value: &[u8], image: &mut Image) {
        let serial = if same(name, "console") || same(name, "earlycon") {
            console::console(value)
        } else if same(name, "earlyprintk") {
            console::earlyprintk(value)
        } else {
            None
        };
        if serial.is_some() {
            self.console(By::Linux, serial);
        } else if same(name, "panic") {
            if let Some(on_failure) = panic_timeout(value) {
                self.on_failure(By::Linux, on_failure);
            }
        } else if same(name, "elfcorehdr") {
            image.elfcorehdr = elfcorehdr(value).unwrap_or(0);
        }
    }

    /// One console more, or, for `None`, no console at all.
    #[inline(never)]
    fn console(&mut self, by: By, serial: Option<Serial>) {
        if by > self.consoles_by {
            self.consoles_by = by;
            self.settings.consoles = Consoles::default();
        }
        if let Some(serial) = serial.filter(|_| by == self.consoles_by) {
            self.settings.consoles.add(serial);
        }
    }

    /// The policy, unless somebody with more to say has set it.
    fn on_failure(&mut self, by: By, on_failure: FailureAction) {
        if by >= self.on_failure_by {
            self.on_failure_by = by;
            self.settings.on_failure = on_failure;
        }
    }
}

/// The value of `panic=`: N > 0 reboots after N seconds, N < 0 at once, 0 never (`kernel/panic.c`, `panic_timeout`).
fn panic_timeout(value: &[u8]) -> Option<FailureAction> {
    let (at_once, digits) = match value {
        [b'-', digits @ ..] => (true, digits),
        _ => (false, value),
    };
    match u32::try_from(number::whole(digits)?).ok()? {
        0 => Some(FailureAction::Halt),
        seconds => Some(FailureAction::Reset(if at_once { 0 } else { seconds })),
    }
}

/// The value of `elfcorehdr=`, as loaders write it: an address in bytes (Linux) or, with a K behind it, in KiB
/// (kexec-tools).
fn elfcorehdr(value: &[u8]) -> Option<u64> {
    let (address, unit) = number::leading(value)?;
    address.checked_mul(match unit {
        [] => 1,
        [b'K'] => 1024,
        _ => return None,
    })
}

/// Whether `text` is `word`.
#[inline(never)]
fn same(text: &[u8], word: &str) -> bool {
    text == word.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_line(line: &str) -> (Settings, Image, Vec<(Warning, String)>) {
        let mut image = Image::default();
        let mut warnings = Warnings::default();
        let mut settings = Settings::DEFAULT;
        read(line.as_bytes(), &mut settings, &mut image, &mut warnings);
        let noted = warnings
            .iter()
            .map(|n| (n.warning, String::from_utf8_lossy(n.text).into_owned()))
            .collect();
        (settings, image, noted)
    }

    fn ports(line: &str) -> Vec<u16> {
        read_line(line).0.consoles.iter().map(|serial| serial.port).collect()
    }

    fn policy(line: &str) -> FailureAction {
        read_line(line).0.on_failure
    }

    #[test]
    fn without_a_word_it_is_ttys0_and_halt() {
        assert_eq!(
            read_line("root=/dev/vda1 quiet"),
            (Settings::DEFAULT, Image::default(), vec![])
        );
        assert_eq!(ports(""), [0x3f8]);
    }

    #[test]
    fn our_own_consoles_come_before_those_of_linux() {
        assert_eq!(
            ports("console=tty0 console=ttyS1,115200 earlyprintk=serial,ttyS2"),
            [0x2f8, 0x3e8]
        );
        assert_eq!(
            ports("console=ttyS1 purgatory.console=ttyS0 purgatory.console=io,0x2e8"),
            [0x3f8, 0x2e8]
        );
        assert_eq!(ports("console=ttyS1 purgatory.console=none"), [0u16; 0]);
    }

    #[test]
    fn reads_quoted_parameters_as_linux_does() {
        assert_eq!(ports(r#"quiet "console=ttyS1""#), [0x2f8]);
        assert_eq!(ports(r#"console="ttyS1" "purgatory.console=ttyS2""#), [0x3e8]);
        assert_eq!(ports(r#"x="a console=ttyS1""#), [0x3f8]);
        assert_eq!(read_line(r#""elfcorehdr=0x1000""#).1.elfcorehdr, 0x1000);
        assert_eq!(read_line(r#"x="a elfcorehdr=1""#).1.elfcorehdr, 0);
        assert_eq!(read_line("-- elfcorehdr=0x1000").1.elfcorehdr, 0);
    }

    #[test]
    fn a_misspelt_console_is_named_and_the_next_source_is_taken() {
        let (settings, _, noted) = read_line("console=ttyS1 purgatory.console=ttyS9");
        assert_eq!(settings.consoles.iter().map(|s| s.port).collect::<Vec<_>>(), [0x2f8]);
        assert_eq!(noted, [(Warning::ConsoleUnknown, "purgatory.console=ttyS9".into())]);
    }

    #[test]
    fn the_policy_is_ours_else_panic_else_halt() {
        assert_eq!(policy("purgatory.on_failure=halt panic=5"), FailureAction::Halt);
        assert_eq!(policy("purgatory.on_failure=reset"), FailureAction::Reset(0));
        assert_eq!(
            policy("panic=1 purgatory.on_failure=reset,30 panic=2"),
            FailureAction::Reset(30)
        );
        assert_eq!(policy("purgatory.on_failure=continue"), FailureAction::Continue);
        assert_eq!(policy("panic=10"), FailureAction::Reset(10));
        assert_eq!(policy("panic=-1"), FailureAction::Reset(0));
        assert_eq!(policy("panic=0"), FailureAction::Halt);
        assert_eq!(policy("panic=-0"), FailureAction::Halt);
        assert_eq!(policy("panic=soon"), FailureAction::Halt);
    }

    #[test]
    fn words_of_ours_without_a_meaning_are_named_and_change_nothing() {
        for (word, warning) in [
            ("purgatory.on_failure=reset,soon", Warning::OnFailureUnknown),
            ("purgatory.on_failure=reset,4294967296", Warning::OnFailureUnknown),
            ("purgatory.on_failure", Warning::OnFailureUnknown),
            ("purgatory.console", Warning::ConsoleUnknown),
            ("purgatory.verbos", Warning::ParameterUnknown),
            ("purgatory.verbose=1", Warning::ParameterUnknown),
        ] {
            assert_eq!(
                read_line(word),
                (Settings::DEFAULT, Image::default(), vec![(warning, word.into())])
            );
        }
        assert!(read_line("purgatory.verbose").0.verbose);
        assert!(!read_line("-- purgatory.verbose").0.verbose);
    }

    #[test]
    fn elfcorehdr_is_found_with_and_without_a_unit() {
        for (line, address) in [
            ("elfcorehdr=0x73000000", 0x7300_0000),
            ("elfcorehdr=17592186044416K", 1 << 54),
            ("elfcorehdr=1X", 0),
            ("elfcorehdr=18014398509481984K", 0),
        ] {
            assert_eq!(read_line(line).1.elfcorehdr, address, "{line}");
        }
    }
}

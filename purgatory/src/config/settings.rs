//! Consoles, failure action and verbosity, as the command line gives them.
//!
//! A `purgatory.` parameter has priority over a parameter of Linux, which has priority over the default.

use super::Consoles;
use super::console;
use crate::image::Image;
use crate::key::Key;
use crate::policy::is_known;
use crate::warnings::Warnings;
use purgatory_abi::FailureAction;
use purgatory_abi::command_line::Parameters;
use purgatory_abi::console::{NONE, Serial};
use purgatory_abi::number;
use purgatory_abi::status::Warning;

/// The settings of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The consoles on which the report is printed.
    pub consoles: Consoles,
    /// The failure action; `None` if it is not configured.
    pub on_failure: Option<FailureAction>,
    /// The key to an image that failed the verification: the right one only if the failure action is `continue`.
    pub unverified: Key,
    /// Whether to print the report on success too.
    pub verbose: bool,
}

impl Settings {
    /// The settings if the image gives none.
    pub const DEFAULT: Self = Self {
        consoles: Consoles::only(Serial::DEFAULT),
        on_failure: None,
        unverified: Key::NONE,
        verbose: false,
    };

    /// Sets the failure action.
    pub fn set_on_failure(&mut self, on_failure: FailureAction) {
        self.on_failure = Some(on_failure);
        let is_continue = matches!(on_failure, FailureAction::Continue);
        self.unverified = if is_continue { Key::TO_ANY_IMAGE } else { Key::NONE };
    }
}

/// The source of a setting, lowest priority first. A parameter of Linux never replaces a `purgatory.` parameter, in any
/// order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Default,
    Linux,
    Purgatory,
}

/// The settings so far, with their sources.
struct Reader<'s> {
    settings: &'s mut Settings,
    consoles_source: Source,
    on_failure_source: Source,
}

/// Reads the command line into `settings`, which contain the defaults. Stores the value of `elfcorehdr=` in `image`.
#[inline(never)]
pub(super) fn read<'m>(
    line: &'m [u8],
    settings: &mut Settings,
    image: &mut Image,
    warnings: &mut Warnings<'m>,
) {
    let mut reader =
        Reader { settings, consoles_source: Source::Default, on_failure_source: Source::Default };
    for parameter in Parameters::of(line) {
        if let Some(name) = parameter.name.strip_prefix(b"purgatory.") {
            if let Some(warning) = reader.own_parameter(name, parameter.value) {
                warnings.about(warning, parameter.text);
            }
        } else if let Some(value) = parameter.value {
            reader.linux_parameter(parameter.name, value, image);
        }
    }
}

impl Reader<'_> {
    /// Applies a `purgatory.` parameter, given without that prefix. Returns the warning if it is invalid.
    #[inline(never)]
    fn own_parameter(&mut self, name: &[u8], value: Option<&[u8]>) -> Option<Warning> {
        let text = value.unwrap_or_default();
        if same(name, "console") {
            let vga = cfg!(feature = "kexec-tools") && same(text, "vga");
            let serial = Serial::parse(text);
            if serial.is_none() && !vga && !same(text, NONE) {
                return Some(Warning::ConsoleUnknown);
            }
            self.console(Source::Purgatory, serial);
            if vga {
                self.settings.consoles.vga = true;
            }
        } else if same(name, "on_failure") {
            let Some(on_failure) = FailureAction::parse(text).filter(|action| is_known(*action))
            else {
                return Some(Warning::OnFailureUnknown);
            };
            self.on_failure(Source::Purgatory, on_failure);
        } else if same(name, "verbose") && value.is_none() {
            self.settings.verbose = true;
        } else {
            return Some(Warning::ParameterUnknown);
        }
        None
    }

    /// Applies a parameter of Linux. Ignores a value that Linux itself would ignore.
    #[inline(never)]
    fn linux_parameter(&mut self, name: &[u8], value: &[u8], image: &mut Image) {
        let serial = if same(name, "console") || same(name, "earlycon") {
            console::console(value)
        } else if same(name, "earlyprintk") {
            console::earlyprintk(value)
        } else {
            None
        };
        if serial.is_some() {
            self.console(Source::Linux, serial);
        } else if same(name, "panic") {
            if let Some(on_failure) = panic_timeout(value) {
                self.on_failure(Source::Linux, on_failure);
            }
        } else if same(name, "elfcorehdr") {
            image.elfcorehdr = elfcorehdr(value).unwrap_or(0);
        }
    }

    /// Adds a console; `None` means no console.
    #[inline(never)]
    fn console(&mut self, source: Source, serial: Option<Serial>) {
        if source > self.consoles_source {
            self.consoles_source = source;
            self.settings.consoles = Consoles::default();
        }
        if let Some(serial) = serial.filter(|_| source == self.consoles_source) {
            self.settings.consoles.add(serial);
        }
    }

    /// Sets the failure action, unless a source of higher priority has set it.
    fn on_failure(&mut self, source: Source, on_failure: FailureAction) {
        if source >= self.on_failure_source {
            self.on_failure_source = source;
            self.settings.set_on_failure(on_failure);
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

/// The value of `elfcorehdr=`, as loaders write it: an address in bytes (Linux), or in KiB with a K after the number
/// (kexec-tools).
fn elfcorehdr(value: &[u8]) -> Option<u64> {
    let (address, unit) = number::leading(value)?;
    address.checked_mul(match unit {
        [] => 1,
        [b'K'] => 1024,
        _ => return None,
    })
}

/// Whether `text` equals `word`.
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

    fn failure_action(line: &str) -> Option<FailureAction> {
        read_line(line).0.on_failure
    }

    #[test]
    fn defaults_to_ttys0_and_no_failure_action() {
        assert_eq!(
            read_line("root=/dev/vda1 quiet"),
            (Settings::DEFAULT, Image::default(), vec![])
        );
        assert_eq!(ports(""), [0x3f8]);
    }

    #[test]
    fn purgatory_consoles_replace_those_of_linux() {
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
    fn names_an_invalid_console_and_uses_the_next_source() {
        let (settings, _, noted) = read_line("console=ttyS1 purgatory.console=ttyS9");
        assert_eq!(settings.consoles.iter().map(|s| s.port).collect::<Vec<_>>(), [0x2f8]);
        assert_eq!(noted, [(Warning::ConsoleUnknown, "purgatory.console=ttyS9".into())]);
    }

    #[test]
    fn the_failure_action_is_that_of_purgatory_then_panic_then_none() {
        assert_eq!(failure_action("purgatory.on_failure=halt panic=5"), Some(FailureAction::Halt));
        assert_eq!(failure_action("purgatory.on_failure=reset"), Some(FailureAction::Reset(0)));
        assert_eq!(
            failure_action("panic=1 purgatory.on_failure=reset,30 panic=2"),
            Some(FailureAction::Reset(30))
        );
        assert_eq!(failure_action("purgatory.on_failure=continue"), Some(FailureAction::Continue));
        assert_eq!(failure_action("panic=10"), Some(FailureAction::Reset(10)));
        assert_eq!(failure_action("panic=-1"), Some(FailureAction::Reset(0)));
        assert_eq!(failure_action("panic=0"), Some(FailureAction::Halt));
        assert_eq!(failure_action("panic=-0"), Some(FailureAction::Halt));
        assert_eq!(failure_action("panic=soon"), None);
    }

    #[test]
    fn only_continue_gives_the_key_to_an_image_that_failed_the_verification() {
        let key = |line| read_line(line).0.unverified;
        assert_eq!(key("purgatory.on_failure=continue"), Key::of(0));
        for line in ["", "panic=1", "purgatory.on_failure=halt", "purgatory.on_failure=reset"] {
            assert_eq!(key(line), Key::NONE, "{line}");
        }
        assert_eq!(key("purgatory.on_failure=continue purgatory.on_failure=halt"), Key::NONE);
    }

    #[test]
    fn names_invalid_purgatory_parameters_and_ignores_them() {
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
    fn parses_elfcorehdr_with_and_without_a_unit() {
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

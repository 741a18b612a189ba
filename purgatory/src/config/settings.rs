//! Consoles, failure policy and loudness: our own words first, else what Linux was told, else the default.

use super::command_line::{Word, words};
use super::{Consoles, Image, Serial, Warnings, number};
use purgatory_abi::status::Warning;

/// What to do when the image must not be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// Stop, as the stock purgatories do.
    Halt,
    /// Reset the machine after that many seconds.
    Reset(u32),
    /// Start the image all the same if the digest is all that is wrong.
    Continue,
}

/// How the image wants to be handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where to speak.
    pub consoles: Consoles,
    /// What to do on failure.
    pub on_failure: OnFailure,
    /// Whether to speak on success too.
    pub verbose: bool,
}

impl Default for Settings {
    /// What holds where nothing is known of the image.
    fn default() -> Self {
        let mut consoles = Consoles::default();
        consoles.add(Serial::DEFAULT);
        Self { consoles, on_failure: OnFailure::Halt, verbose: false }
    }
}

/// What the words of both kinds said, before one kind is preferred.
#[derive(Default)]
struct Said {
    own_consoles: Option<Consoles>,
    linux_consoles: Option<Consoles>,
    on_failure: Option<OnFailure>,
    panic: Option<OnFailure>,
    verbose: bool,
}

/// Reads the command line; notes in `image` where it says that elfcorehdr is.
pub(super) fn read<'m>(line: &'m [u8], image: &mut Image, warnings: &mut Warnings<'m>) -> Settings {
    let mut said = Said::default();
    for word in words(line) {
        if let Some(warning) = own_word(&word, &mut said) {
            warnings.add(warning, None, word.text);
        } else if let Some(value) = word.value {
            linux_word(&word, value, &mut said, image);
        }
    }
    let default = Settings::default();
    Settings {
        consoles: said.own_consoles.or(said.linux_consoles).unwrap_or(default.consoles),
        on_failure: said.on_failure.or(said.panic).unwrap_or(default.on_failure),
        verbose: said.verbose,
    }
}

/// Takes a word of ours; the warning if it has no meaning.
fn own_word(word: &Word<'_>, said: &mut Said) -> Option<Warning> {
    if !word.begins("purgatory.") {
        return None;
    }
    let value = word.value.unwrap_or_default();
    if word.is("purgatory.console") {
        let consoles = said.own_consoles.get_or_insert_default();
        if value != b"none" {
            match Serial::own(value) {
                Some(serial) => consoles.add(serial),
                None => {
                    // A misspelt console must not make us mute.
                    if consoles.iter().next().is_none() {
                        said.own_consoles = None;
                    }
                    return Some(Warning::ConsoleUnknown);
                }
            }
        }
    } else if word.is("purgatory.on_failure") {
        let Some(policy) = on_failure(value) else { return Some(Warning::OnFailureUnknown) };
        said.on_failure = Some(policy);
    } else if word.is("purgatory.verbose") && word.value.is_none() {
        said.verbose = true;
    } else {
        return Some(Warning::WordUnknown);
    }
    None
}

/// The value of `purgatory.on_failure=`.
fn on_failure(value: &[u8]) -> Option<OnFailure> {
    match value {
        b"halt" => Some(OnFailure::Halt),
        b"continue" => Some(OnFailure::Continue),
        b"reset" => Some(OnFailure::Reset(0)),
        _ => number::whole(value.strip_prefix(b"reset,")?)
            .and_then(|seconds| u32::try_from(seconds).ok())
            .map(OnFailure::Reset),
    }
}

/// Takes a word of Linux's. One that Linux itself would not understand says nothing here either.
fn linux_word(word: &Word<'_>, value: &[u8], said: &mut Said, image: &mut Image) {
    let serial = if word.is("console") || word.is("earlycon") {
        Serial::console(value)
    } else if word.is("earlyprintk") {
        Serial::earlyprintk(value)
    } else {
        None
    };
    if let Some(serial) = serial {
        said.linux_consoles.get_or_insert_default().add(serial);
    } else if word.is("panic") {
        said.panic = panic_timeout(value).or(said.panic);
    } else if word.is("elfcorehdr") {
        // [size[KMG]@]offset[KMG] (kernel-parameters.txt); the loaders write plain numbers, and so does what we name.
        let offset = value.rsplit(|byte| *byte == b'@').next().unwrap_or(value);
        image.elfcorehdr = number::leading(offset).and_then(scaled).unwrap_or(0);
    }
}

/// The value of `panic=`: N > 0 reboots after N seconds, N < 0 at once, 0 never (`kernel/panic.c`, `panic_timeout`).
fn panic_timeout(value: &[u8]) -> Option<OnFailure> {
    match value.strip_prefix(b"-") {
        Some(digits) => number::whole(digits).map(|_| OnFailure::Reset(0)),
        None => match number::whole(value)? {
            0 => Some(OnFailure::Halt),
            seconds => u32::try_from(seconds).ok().map(OnFailure::Reset),
        },
    }
}

/// A number with the unit that stands behind it (`lib/cmdline.c`, `memparse`).
fn scaled((value, unit): (u64, &[u8])) -> Option<u64> {
    let factor: u64 = match unit {
        b"" => 1,
        b"K" | b"k" => 1 << 10,
        b"M" | b"m" => 1 << 20,
        b"G" | b"g" => 1 << 30,
        _ => return None,
    };
    value.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_line(line: &str) -> (Settings, Image, Vec<(Warning, String)>) {
        let mut image = Image::default();
        let mut warnings = Warnings::default();
        let settings = read(line.as_bytes(), &mut image, &mut warnings);
        let noted = warnings.iter().map(|n| (n.warning, String::from_utf8_lossy(n.text).into_owned())).collect();
        (settings, image, noted)
    }

    fn ports(line: &str) -> Vec<u16> {
        read_line(line).0.consoles.iter().map(|serial| serial.port).collect()
    }

    fn policy(line: &str) -> OnFailure {
        read_line(line).0.on_failure
    }

    #[test]
    fn without_a_word_it_is_ttys0_and_halt() {
        assert_eq!(read_line("root=/dev/vda1 quiet"), (Settings::default(), Image::default(), vec![]));
        assert_eq!(ports(""), [0x3f8]);
    }

    #[test]
    fn our_own_consoles_come_before_those_of_linux() {
        assert_eq!(ports("console=tty0 console=ttyS1,115200 earlyprintk=serial,ttyS2"), [0x2f8, 0x3e8]);
        assert_eq!(ports("console=ttyS1 purgatory.console=ttyS0 purgatory.console=io,0x2e8"), [0x3f8, 0x2e8]);
        assert_eq!(ports("console=ttyS1 purgatory.console=none"), [0u16; 0]);
    }

    #[test]
    fn a_misspelt_console_is_named_and_the_next_source_is_taken() {
        let (settings, _, noted) = read_line("console=ttyS1 purgatory.console=ttyS9");
        assert_eq!(settings.consoles.iter().map(|s| s.port).collect::<Vec<_>>(), [0x2f8]);
        assert_eq!(noted, [(Warning::ConsoleUnknown, "purgatory.console=ttyS9".into())]);
    }

    #[test]
    fn the_policy_is_ours_else_panic_else_halt() {
        assert_eq!(policy("purgatory.on_failure=halt panic=5"), OnFailure::Halt);
        assert_eq!(policy("purgatory.on_failure=reset"), OnFailure::Reset(0));
        assert_eq!(policy("purgatory.on-failure=reset,30"), OnFailure::Reset(30));
        assert_eq!(policy("purgatory.on_failure=continue"), OnFailure::Continue);
        assert_eq!(policy("panic=10"), OnFailure::Reset(10));
        assert_eq!(policy("panic=-1"), OnFailure::Reset(0));
        assert_eq!(policy("panic=0"), OnFailure::Halt);
        assert_eq!(policy("panic=soon"), OnFailure::Halt);
    }

    #[test]
    fn words_of_ours_without_a_meaning_are_named_and_change_nothing() {
        for (word, warning) in [
            ("purgatory.on_failure=reset,soon", Warning::OnFailureUnknown),
            ("purgatory.on_failure=reset,4294967296", Warning::OnFailureUnknown),
            ("purgatory.on_failure", Warning::OnFailureUnknown),
            ("purgatory.console", Warning::ConsoleUnknown),
            ("purgatory.verbos", Warning::WordUnknown),
            ("purgatory.verbose=1", Warning::WordUnknown),
        ] {
            assert_eq!(read_line(word), (Settings::default(), Image::default(), vec![(warning, word.into())]));
        }
        assert!(read_line("purgatory.verbose").0.verbose);
        assert!(!read_line("-- purgatory.verbose").0.verbose);
    }

    #[test]
    fn elfcorehdr_is_found_with_size_and_unit() {
        for (line, address) in
            [("elfcorehdr=0x73000000", 0x7300_0000), ("elfcorehdr=1M@16M", 16 << 20), ("elfcorehdr=17592186044416K", 1 << 54), ("elfcorehdr=1X", 0)]
        {
            assert_eq!(read_line(line).1.elfcorehdr, address, "{line}");
        }
    }
}

//! The settings of a run: words of the command line that the shim is started with.
//!
//! ```text
//! entry=6.1 place=crash flip=kernel/last -- purgatory.verbose console=ttyS0
//! ```
//!
//! Words before `--` are settings of the shim, in any order; a setting that is not given has its first value in the
//! lists below. What stands behind `--` is the command line of the capture kernel, which the blob reads.

mod error;
mod kexec_tools;
mod native;
mod words;

pub use error::SetupError;
pub use kexec_tools::{Backup, Call, CommandLineEnd, KexecTools};
pub use native::{Contract, HeaderWord};
pub use words::{
    BadRegion, CommandLine, Entry, Guest, Mode, Place, Regions, Rip, Rsi, Target, Where,
};

use alloc::vec::Vec;

/// What one run is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup<'a> {
    /// The way of entering.
    pub entry: Entry,
    /// The mode that the image is to be started in.
    pub mode: Mode,
    /// The place of the blob.
    pub place: Place,
    /// Whether instructions fault.
    pub guest: Guest,
    /// The exception that an `inject` guest gets in the middle of its work (`inject=VECTOR`).
    pub inject: u8,
    /// Enter with CR4.MCE set (`mce`).
    pub mce: bool,
    /// Enter with CR0.TS set (`ts`).
    pub ts: bool,
    /// Enter with garbage in the general, SSE and AVX registers, and in what of the blob was zeroed when it was loaded
    /// (`garbage`).
    pub garbage: bool,
    /// Enter from a handler of a non-maskable interrupt (`nmi-blocked`).
    pub nmi_blocked: bool,
    /// Enter with a line on the VGA screen's last row (`last-words`).
    pub last_words: bool,
    /// Enter with the VGA adapter in a graphics mode (`graphics`).
    pub graphics: bool,
    /// XCR0 at entry, where the processor has one (`xcr0=NUMBER`).
    pub xcr0: Option<u64>,
    /// Length of the made-up kernel in bytes (`kernel-bytes=NUMBER`).
    pub kernel_bytes: u64,
    /// How many bytes at the kernel's end are zeros (`zeros=NUMBER`). A loader of our own contract says so.
    pub zeros: u64,
    /// The region table.
    pub regions: Regions,
    /// A nonsensical region.
    pub bad_region: BadRegion,
    /// What is wrong with what a loader of our own contract writes.
    pub contract: Contract,
    /// What the header of our own contract says of consoles and policy; `header=` may be given more than once.
    pub header_words: Vec<HeaderWord>,
    /// The bytes that are flipped; `flip=` may be given more than once.
    pub flips: Vec<(Target, Where)>,
    /// The pointer to the boot parameters.
    pub rsi: Rsi,
    /// The pointer to the command line.
    pub command_line_at: CommandLine,
    /// The entry of what follows.
    pub rip: Rip,
    /// Values of their own for the registers that Linux leaves at 0 and for the stack pointer (`registers`).
    pub registers: bool,
    /// What kexec-tools alone tells its purgatory.
    pub kexec_tools: KexecTools,
    /// The capture kernel's command line.
    pub command_line: &'a str,
}

/// Length in bytes of the made-up kernel when none is given: enough to need more than one 4 KiB page.
const KERNEL_BYTES: u64 = 0x2_0000;

impl<'a> Setup<'a> {
    /// Reads the settings from the shim's command line.
    ///
    /// # Errors
    ///
    /// [`SetupError`] names the word that has no meaning.
    pub fn parse(text: &'a str) -> Result<Self, SetupError<'a>> {
        let (words, command_line) = match text.strip_prefix("-- ") {
            Some(command_line) => ("", command_line),
            None => text.split_once(" -- ").ok_or(SetupError::Separator)?,
        };
        let mut setup = Self {
            entry: Entry::default(),
            mode: Mode::default(),
            place: Place::default(),
            guest: Guest::default(),
            inject: 0,
            mce: false,
            ts: false,
            garbage: false,
            nmi_blocked: false,
            last_words: false,
            graphics: false,
            xcr0: None,
            kernel_bytes: KERNEL_BYTES,
            zeros: 0,
            regions: Regions::default(),
            bad_region: BadRegion::default(),
            contract: Contract::default(),
            header_words: Vec::new(),
            flips: Vec::new(),
            rsi: Rsi::default(),
            command_line_at: CommandLine::default(),
            rip: Rip::default(),
            registers: false,
            kexec_tools: KexecTools::default(),
            command_line,
        };
        for word in words.split_ascii_whitespace() {
            setup.apply(word)?;
        }
        Ok(setup)
    }

    fn apply(&mut self, word: &'a str) -> Result<(), SetupError<'a>> {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "mce" => self.mce = true,
            "ts" => self.ts = true,
            "garbage" => self.garbage = true,
            "nmi-blocked" => self.nmi_blocked = true,
            "last-words" => self.last_words = true,
            "graphics" => self.graphics = true,
            "registers" => self.registers = true,
            "entry" => self.entry = Entry::from_word(key, value)?,
            "mode" => self.mode = Mode::from_word(key, value)?,
            "place" => self.place = Place::from_word(key, value)?,
            "guest" => self.guest = Guest::from_word(key, value)?,
            "regions" => self.regions = Regions::from_word(key, value)?,
            "contract" => self.contract = Contract::from_word(key, value)?,
            "header" => self.header_words.push(HeaderWord::from_word(key, value)?),
            "bad-region" => self.bad_region = BadRegion::from_word(key, value)?,
            "rsi" => self.rsi = Rsi::from_word(key, value)?,
            "command-line" => self.command_line_at = CommandLine::from_word(key, value)?,
            "rip" => self.rip = Rip::from_word(key, value)?,
            "inject" => {
                let vector = number(key, value)?;
                self.inject = u8::try_from(vector).map_err(|_| SetupError::Value { key, value })?;
            }
            "xcr0" => self.xcr0 = Some(number(key, value)?),
            "kernel-bytes" => self.kernel_bytes = number(key, value)?,
            "zeros" => self.zeros = number(key, value)?,
            "flip" => {
                let (target, place) =
                    value.split_once('/').ok_or(SetupError::Value { key, value })?;
                self.flips.push((Target::from_word(key, target)?, Where::from_word(key, place)?));
            }
            _ if self.kexec_tools.apply(key, value)? => {}
            _ => return Err(SetupError::Key(word)),
        }
        Ok(())
    }
}

/// A decimal number, or a hexadecimal one after `0x`.
fn number<'a>(key: &'a str, value: &'a str) -> Result<u64, SetupError<'a>> {
    let parsed = match value.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => value.parse(),
    };
    parsed.map_err(|source| SetupError::Number { key, value, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_given_is_a_plain_crash_of_6_1() {
        let setup = Setup::parse("-- console=ttyS0").unwrap();
        assert_eq!((setup.entry, setup.place), (Entry::Linux6_1, Place::Crash));
        assert_eq!((setup.flips, setup.guest), (Vec::new(), Guest::None));
        assert_eq!(setup.command_line, "console=ttyS0");
    }

    #[test]
    fn words_before_the_dashes_are_the_shims() {
        let setup = Setup::parse(
            "entry=6.16 flip=digest/middle xcr0=0x7 kernel-bytes=4096 ts flip=list/last -- entry=6.1 -- mce",
        )
        .unwrap();
        assert_eq!(setup.entry, Entry::Linux6_16);
        assert_eq!(setup.flips, [(Target::Digest, Where::Middle), (Target::List, Where::Last)]);
        assert_eq!((setup.xcr0, setup.kernel_bytes), (Some(7), 4096));
        assert!(setup.ts && !setup.mce);
        assert_eq!(setup.command_line, "entry=6.1 -- mce");
    }

    #[test]
    fn a_line_without_dashes_is_refused() {
        assert_eq!(Setup::parse("entry=6.1"), Err(SetupError::Separator));
    }

    #[test]
    fn a_word_that_is_no_setting_is_refused() {
        assert_eq!(Setup::parse("entri=6.1 -- "), Err(SetupError::Key("entri=6.1")));
    }

    #[test]
    fn a_value_that_a_setting_does_not_have_is_refused() {
        for (text, key, value) in [
            ("entry=6.2 -- ", "entry", "6.2"),
            ("flip=kernel -- ", "flip", "kernel"),
            ("flip=kernel/half -- ", "flip", "half"),
            ("contract=bad -- ", "contract", "bad"),
            ("inject=256 -- ", "inject", "256"),
        ] {
            assert_eq!(Setup::parse(text), Err(SetupError::Value { key, value }));
        }
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        assert!(matches!(
            Setup::parse("xcr0=0xg -- "),
            Err(SetupError::Number { key: "xcr0", value: "0xg", .. })
        ));
    }
}

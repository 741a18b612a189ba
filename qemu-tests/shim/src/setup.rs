//! The settings of a run: words of the command line that the shim is started with.
//!
//! ```text
//! entry=6.1 place=crash flip=kernel/last -- purgatory.verbose console=ttyS0
//! ```
//!
//! Words before `--` are settings of the shim, in any order; a setting that is not given has its first value in the
//! lists below. What stands behind `--` is the command line of the capture kernel, which the blob reads.

use core::num::ParseIntError;

/// Declares a setting: an enum whose members each have a word.
macro_rules! setting {
    ($(#[$doc:meta])* $name:ident { $(#[$first_doc:meta])* $first:ident = $first_word:literal,
        $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $(#[$first_doc])*
            #[default]
            $first,
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// Every member with its word.
            pub const ALL: &'static [(Self, &'static str)] =
                &[(Self::$first, $first_word), $((Self::$variant, $word),)*];

            fn from_word<'a>(key: &'a str, word: &'a str) -> Result<Self, SetupError<'a>> {
                Self::ALL
                    .iter()
                    .find(|(_, own)| *own == word)
                    .map(|(member, _)| *member)
                    .ok_or(SetupError::Value { key, value: word })
            }
        }
    };
}

setting! {
    /// Which kernel's way of entering the purgatory is followed (`entry=`).
    Entry {
        /// Linux 6.1 and 6.12: GDT and IDT of limit 0; the stack pointer 8 bytes below the end of a page, on a 0.
        Linux6_1 = "6.1",
        /// Linux 6.16: a GDT, an IDT of 16 gates, the stack pointer at the end of a page and nothing mapped there.
        Linux6_16 = "6.16",
    }
}

setting! {
    /// Where the blob is placed (`place=`).
    Place {
        /// At the top of a crash region, with the other segments below it.
        Crash = "crash",
        /// Below 640 KiB; the other segments in the crash region.
        Low = "low",
        /// Above 4 GiB, like all the other segments.
        High = "high",
    }
}

setting! {
    /// Whether the program runs as a guest in which instructions fault (`guest=`).
    Guest {
        /// No guest.
        None = "none",
        /// As in a guest with SEV-ES: intercepted instructions raise #VC.
        Vc = "vc",
        /// As in a guest with TDX: intercepted instructions raise #VE.
        Ve = "ve",
        /// No instruction faults, but `inject=` does while the blob works.
        Inject = "inject",
    }
}

setting! {
    /// What the region table holds (`regions=`).
    Regions {
        /// One region for each segment.
        Segments = "segments",
        /// None at all, and the digest of the empty message.
        None = "none",
        /// All sixteen slots: the kernel segment is cut up.
        All = "all",
        /// A `{0, 0}` slot between two regions.
        Hole = "hole",
    }
}

setting! {
    /// A nonsensical region behind the good ones (`bad-region=`).
    BadRegion {
        /// None.
        None = "none",
        /// Start plus length passes the end of the address space.
        Wraps = "wraps",
        /// All of it lies outside the identity map.
        Unmapped = "unmapped",
        /// Its first page is mapped and its second is not.
        PartlyUnmapped = "partly-unmapped",
        /// It lies in the blob.
        CoversBlob = "covers-blob",
        /// It shares the last byte of the kernel segment.
        Overlaps = "overlaps",
        /// 2 to the power of 62 bytes from the blob's upper neighbour on.
        Huge = "huge",
    }
}

setting! {
    /// What `entry64_regs.rsi` points to (`rsi=`).
    Rsi {
        /// The boot parameters.
        BootParams = "boot-params",
        /// An address outside the identity map.
        Unmapped = "unmapped",
        /// Address 0.
        Null = "null",
        /// Readable bytes without a boot protocol header.
        Garbage = "garbage",
        /// The blob.
        Blob = "blob",
    }
}

setting! {
    /// What the command line pointer of the boot parameters points to (`command-line=`).
    CommandLine {
        /// The command line.
        Good = "good",
        /// An address outside the identity map.
        Unmapped = "unmapped",
        /// Text without an end.
        Unterminated = "unterminated",
        /// The command line, its terminating zero in the last byte before an unmapped page.
        Edge = "edge",
        /// The command line without its zero, up to an unmapped page.
        EdgeUnterminated = "edge-unterminated",
    }
}

setting! {
    /// What `entry64_regs.rip` points to (`rip=`).
    Rip {
        /// The kernel segment's 64-bit entry, which jumps to the landing pad.
        Kernel = "kernel",
        /// An address outside the identity map.
        Unmapped = "unmapped",
        /// A copy of the entry in a page that is not executable.
        NoExecute = "no-execute",
        /// The blob.
        Blob = "blob",
    }
}

setting! {
    /// Whose byte is flipped after the digest was made (`flip=TARGET/WHERE`).
    Target {
        /// The made-up kernel.
        Kernel = "kernel",
        /// The initrd.
        Initrd = "initrd",
        /// The boot parameters with the command line.
        BootParams = "boot-params",
        /// The elfcorehdr.
        ElfCoreHeader = "elfcorehdr",
        /// The digest in the blob.
        Digest = "digest",
    }
}

setting! {
    /// Which byte of the target is flipped.
    Where {
        /// The first.
        First = "first",
        /// The one in the middle.
        Middle = "middle",
        /// The last.
        Last = "last",
    }
}

/// What is wrong with the shim's command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError<'a> {
    /// There is no `--`.
    #[error("no ` -- ` between the settings and the capture kernel's command line")]
    Separator,
    /// A word is no setting.
    #[error("`{0}` is no setting")]
    Key(&'a str),
    /// A setting has no such value.
    #[error("`{key}` cannot be `{value}`")]
    Value {
        /// The setting.
        key: &'a str,
        /// What it was set to.
        value: &'a str,
    },
    /// A setting wants a number.
    #[error("`{key}={value}`: {source}")]
    Number {
        /// The setting.
        key: &'a str,
        /// What it was set to.
        value: &'a str,
        /// Why that is no number.
        source: ParseIntError,
    },
}

/// What one run is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup<'a> {
    /// The way of entering.
    pub entry: Entry,
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
    /// Enter with garbage in the general, SSE and AVX registers (`garbage`).
    pub garbage: bool,
    /// Enter from a handler of a non-maskable interrupt (`nmi-blocked`).
    pub nmi_blocked: bool,
    /// XCR0 at entry, where the processor has one (`xcr0=NUMBER`).
    pub xcr0: Option<u64>,
    /// Length of the made-up kernel in bytes (`kernel-bytes=NUMBER`).
    pub kernel_bytes: u64,
    /// The region table.
    pub regions: Regions,
    /// A nonsensical region.
    pub bad_region: BadRegion,
    /// The byte that is flipped.
    pub flip: Option<(Target, Where)>,
    /// The pointer to the boot parameters.
    pub rsi: Rsi,
    /// The pointer to the command line.
    pub command_line_at: CommandLine,
    /// The entry of what follows.
    pub rip: Rip,
    /// Values of their own for the registers that Linux leaves at 0 and for the stack pointer (`registers`).
    pub registers: bool,
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
            place: Place::default(),
            guest: Guest::default(),
            inject: 0,
            mce: false,
            ts: false,
            garbage: false,
            nmi_blocked: false,
            xcr0: None,
            kernel_bytes: KERNEL_BYTES,
            regions: Regions::default(),
            bad_region: BadRegion::default(),
            flip: None,
            rsi: Rsi::default(),
            command_line_at: CommandLine::default(),
            rip: Rip::default(),
            registers: false,
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
            "registers" => self.registers = true,
            "entry" => self.entry = Entry::from_word(key, value)?,
            "place" => self.place = Place::from_word(key, value)?,
            "guest" => self.guest = Guest::from_word(key, value)?,
            "regions" => self.regions = Regions::from_word(key, value)?,
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
            "flip" => {
                let (target, place) =
                    value.split_once('/').ok_or(SetupError::Value { key, value })?;
                self.flip = Some((Target::from_word(key, target)?, Where::from_word(key, place)?));
            }
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
        assert_eq!((setup.flip, setup.guest), (None, Guest::None));
        assert_eq!(setup.command_line, "console=ttyS0");
    }

    #[test]
    fn words_before_the_dashes_are_the_shims() {
        let setup = Setup::parse(
            "entry=6.16 flip=digest/middle xcr0=0x7 kernel-bytes=4096 ts -- entry=6.1 -- mce",
        )
        .unwrap();
        assert_eq!(setup.entry, Entry::Linux6_16);
        assert_eq!(setup.flip, Some((Target::Digest, Where::Middle)));
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

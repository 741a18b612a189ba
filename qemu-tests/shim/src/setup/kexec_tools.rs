//! What kexec-tools tells its purgatory, and Linux does not.

use super::words::setting;
use super::{SetupError, number};

setting! {
    /// What is to be copied before the image starts (`backup=`), and where to.
    Backup {
        /// Nothing.
        None = "none",
        /// Memory of the old kernel, to a segment of its own.
        Good = "good",
        /// The first 640 KiB, to a segment of its own.
        FromZero = "from-zero",
        /// As much as the blob agrees to copy.
        Longest = "longest",
        /// A byte more.
        TooLong = "too-long",
        /// Nowhere: `backup_start` is 0.
        Nowhere = "nowhere",
        /// To memory that belongs to no segment.
        Outside = "outside",
        /// To the last byte of a segment and beyond.
        Crosses = "crosses",
        /// To the beginning of a segment that is needed: the initrd.
        Initrd = "initrd",
        /// To an address outside the identity map.
        Unmapped = "unmapped",
        /// To the blob.
        Blob = "blob",
        /// To the end of the address space and beyond.
        Wraps = "wraps",
        /// From an address outside the identity map.
        SourceUnmapped = "source-unmapped",
        /// From the last page before one that is not mapped, and beyond.
        SourcePartlyUnmapped = "source-partly-unmapped",
    }
}

setting! {
    /// What `cmdline_end` points to (`cmdline-end=`).
    CommandLineEnd {
        /// The zero at the command line's end.
        Good = "good",
        /// Nothing: it is 0.
        Null = "null",
        /// The same zero, with just as much room behind it as the blob needs.
        JustRoom = "just-room",
        /// The same zero, with a byte less.
        NoRoom = "no-room",
        /// An address outside the identity map.
        Unmapped = "unmapped",
        /// The first letter of the command line.
        Text = "text",
        /// Another segment, in which there is no zero.
        Initrd = "initrd",
        /// A zero that belongs to no segment.
        Outside = "outside",
        /// A zero in the blob.
        Blob = "blob",
    }
}

setting! {
    /// Whether the old kernel wants to be called back (`call=`): rdx holds the blob's entry at entry.
    Call {
        /// It does not: rdx is 0.
        None = "none",
        /// It does, and the stack pointer leads to the address.
        Good = "good",
        /// It does not, although the stack pointer leads to an address.
        RdxNull = "rdx-null",
        /// It does, and the stack pointer leads to nothing.
        Unmapped = "unmapped",
        /// It does, and half of the address is not mapped.
        PartlyUnmapped = "partly-unmapped",
    }
}

/// What kexec-tools tells its purgatory, and Linux does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KexecTools {
    /// `--no-checks` (`skip-checks`): neither regions nor a digest are written.
    pub skip_checks: bool,
    /// `--console-serial` (`console-serial`).
    pub console_serial: bool,
    /// `--console-vga` (`console-vga`).
    pub console_vga: bool,
    /// `--reset-vga` (`reset-vga`).
    pub reset_vga: bool,
    /// `--serial=` (`serial-base=NUMBER`).
    pub serial_base: u16,
    /// `--serial-baud=` (`serial-baud=NUMBER`).
    pub serial_baud: u32,
    /// `-p` (`panic-kernel`).
    pub panic_kernel: bool,
    /// The copy of low memory.
    pub backup: Backup,
    /// The end of the command line.
    pub cmdline_end: CommandLineEnd,
    /// The way back.
    pub call: Call,
}

/// What kexec-tools itself has where nothing is said.
impl Default for KexecTools {
    fn default() -> Self {
        Self {
            skip_checks: false,
            console_serial: false,
            console_vga: false,
            reset_vga: false,
            serial_base: 0x3f8,
            serial_baud: 0,
            panic_kernel: false,
            backup: Backup::default(),
            cmdline_end: CommandLineEnd::default(),
            call: Call::default(),
        }
    }
}

impl KexecTools {
    /// Takes a setting, and says whether it is one of these.
    pub(super) fn apply<'a>(
        &mut self,
        key: &'a str,
        value: &'a str,
    ) -> Result<bool, SetupError<'a>> {
        let wrong = || SetupError::Value { key, value };
        match key {
            "skip-checks" => self.skip_checks = true,
            "console-serial" => self.console_serial = true,
            "console-vga" => self.console_vga = true,
            "reset-vga" => self.reset_vga = true,
            "panic-kernel" => self.panic_kernel = true,
            "serial-base" => {
                self.serial_base = number(key, value)?.try_into().map_err(|_| wrong())?;
            }
            "serial-baud" => {
                self.serial_baud = number(key, value)?.try_into().map_err(|_| wrong())?;
            }
            "backup" => self.backup = Backup::from_word(key, value)?,
            "cmdline-end" => self.cmdline_end = CommandLineEnd::from_word(key, value)?,
            "call" => self.call = Call::from_word(key, value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Setup;
    use super::*;

    #[test]
    fn nothing_given_is_what_kexec_tools_has() {
        let setup = Setup::parse("-- quiet").unwrap().kexec_tools;
        assert_eq!(setup, KexecTools::default());
        assert_eq!((setup.serial_base, setup.serial_baud), (0x3f8, 0));
    }

    #[test]
    fn every_word_has_its_place() {
        let text = "skip-checks console-serial console-vga reset-vga panic-kernel serial-base=0x2f8 \
                    serial-baud=9600 backup=good cmdline-end=null call=good -- ";
        let expected = KexecTools {
            skip_checks: true,
            console_serial: true,
            console_vga: true,
            reset_vga: true,
            serial_base: 0x2f8,
            serial_baud: 9600,
            panic_kernel: true,
            backup: Backup::Good,
            cmdline_end: CommandLineEnd::Null,
            call: Call::Good,
        };
        assert_eq!(Setup::parse(text).unwrap().kexec_tools, expected);
    }

    #[test]
    fn a_number_that_its_table_cannot_hold_is_refused() {
        for (text, key, value) in [
            ("serial-base=0x10000 -- ", "serial-base", "0x10000"),
            ("serial-baud=0x100000000 -- ", "serial-baud", "0x100000000"),
            ("call=maybe -- ", "call", "maybe"),
        ] {
            assert_eq!(Setup::parse(text), Err(SetupError::Value { key, value }));
        }
    }
}

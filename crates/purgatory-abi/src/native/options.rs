//! What the header says of how the purgatory speaks, and of what it does on failure.

use core::mem::offset_of;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What is done on failure, and said on success.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct Policy {
    /// What is done on failure: the number of an [`OnFailure`].
    pub on_failure: u8,
    /// Whether a report is printed on success too: 1, or 0 for what the command line says.
    pub verbose: u8,
    /// None is defined: zeros.
    pub reserved: [u8; 2],
    /// Seconds before a reset; of no meaning without one.
    pub seconds: u32,
}

codes! {
    /// What is done when the image must not be started.
    OnFailure {
        /// What the image's command line says.
        CommandLine = 0, "command-line";
        /// The processor halts.
        Halt = 1, "halt";
        /// The machine is reset after [`Policy::seconds`].
        Reset = 2, "reset";
        /// The image is started if digests, or zeros, are all that is wrong. Else the processor halts.
        Continue = 3, "continue";
    }
}

/// Where the purgatory speaks.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct Console {
    /// What it is: the number of a [`ConsoleKind`].
    pub kind: u8,
    /// None is defined: zeros.
    pub reserved: [u8; 3],
    /// Bits per second that it is set to; 0 leaves it as firmware did. A divisor of 115,200 that is at least 1200.
    pub baud: u32,
    /// Where it is: the first of its eight I/O ports, 8 to 0xfff8.
    pub address: u64,
}

codes! {
    /// What a console is.
    ConsoleKind {
        /// No console. Without any, the image's command line says where the purgatory speaks.
        Unused = 0, "unused";
        /// A 16550 behind I/O ports.
        Uart16550 = 1, "16550";
        /// The purgatory speaks on the others, if there are any, and is silent else, whatever the command line says.
        None = 2, "none";
    }
}

impl Policy {
    /// Whether this version has it: no other number, and zeros in what is reserved.
    #[must_use]
    pub fn is_known(&self) -> bool {
        OnFailure::from_code(self.on_failure).is_some()
            && self.verbose <= 1
            && self.reserved == [0; 2]
    }
}

impl Console {
    /// The 16550 whose first I/O port is `port`, set to `baud` bits per second, or for 0 left as firmware did.
    #[must_use]
    pub const fn uart(port: u16, baud: u32) -> Self {
        Self { kind: ConsoleKind::Uart16550.code(), reserved: [0; 3], baud, address: port as u64 }
    }

    /// No console at all.
    pub const SILENT: Self =
        Self { kind: ConsoleKind::None.code(), reserved: [0; 3], baud: 0, address: 0 };

    /// Whether this version has it: no other kind, and zeros in what is reserved.
    #[must_use]
    pub fn is_known(&self) -> bool {
        ConsoleKind::from_code(self.kind).is_some() && self.reserved == [0; 3]
    }
}

const _: () = {
    assert!(size_of::<Policy>() == 8);
    assert!(offset_of!(Policy, on_failure) == 0);
    assert!(offset_of!(Policy, verbose) == 1);
    assert!(offset_of!(Policy, reserved) == 2);
    assert!(offset_of!(Policy, seconds) == 4);
    assert!(size_of::<Console>() == 16);
    assert!(offset_of!(Console, kind) == 0);
    assert!(offset_of!(Console, reserved) == 1);
    assert!(offset_of!(Console, baud) == 4);
    assert!(offset_of!(Console, address) == 8);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_of_this_version_are_known_and_no_others() {
        assert!(Policy::default().is_known());
        for on_failure in OnFailure::ALL {
            let policy = Policy { on_failure: on_failure.code(), verbose: 1, ..Policy::default() };
            assert!(policy.is_known(), "{on_failure:?}");
        }
        for policy in [
            Policy { on_failure: 4, ..Policy::default() },
            Policy { verbose: 2, ..Policy::default() },
            Policy { reserved: [0, 1], ..Policy::default() },
        ] {
            assert!(!policy.is_known(), "{policy:?}");
        }
    }

    #[test]
    fn consoles_of_this_version_are_known_and_no_others() {
        for console in [Console::default(), Console::uart(0x3f8, 9600), Console::SILENT] {
            assert!(console.is_known(), "{console:?}");
        }
        for console in [
            Console { kind: 3, ..Console::default() },
            Console { reserved: [0, 0, 1], ..Console::uart(0x3f8, 0) },
        ] {
            assert!(!console.is_known(), "{console:?}");
        }
    }
}

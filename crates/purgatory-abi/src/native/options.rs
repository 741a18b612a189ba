//! What the header says of what the purgatory does on failure, and prints on success.

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

impl Policy {
    /// Whether this version has it: no other number, and zeros in what is reserved.
    #[must_use]
    pub fn is_known(&self) -> bool {
        OnFailure::from_code(self.on_failure).is_some()
            && self.verbose <= 1
            && self.reserved == [0; 2]
    }
}

const _: () = {
    assert!(size_of::<Policy>() == 8);
    assert!(offset_of!(Policy, on_failure) == 0);
    assert!(offset_of!(Policy, verbose) == 1);
    assert!(offset_of!(Policy, reserved) == 2);
    assert!(offset_of!(Policy, seconds) == 4);
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
}

//! Failure action and verbosity in the header.

use core::mem::offset_of;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Failure action and verbosity.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct Policy {
    /// The failure action: the number of an [`OnFailure`].
    pub on_failure: u8,
    /// Whether a report is printed on success too: 1. With 0 the command line decides.
    pub verbose: u8,
    /// None is defined: zeros.
    pub reserved: [u8; 2],
    /// Seconds before a reset; unused by other failure actions.
    pub seconds: u32,
}

codes! {
    /// The failure action.
    OnFailure {
        /// The failure action of the image's command line.
        CommandLine = 0, "command-line";
        /// The processor halts.
        Halt = 1, "halt";
        /// The machine is reset after [`Policy::seconds`].
        Reset = 2, "reset";
        /// The image is started if only digests or zero padding are wrong. Otherwise the processor halts.
        Continue = 3, "continue";
    }
}

impl Policy {
    /// Whether this version defines all values, and the reserved bytes are zeros.
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
    fn accepts_only_policies_of_this_version() {
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

//! How a run ends.

use boot_shim::end::End;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The blob handed over, and everything was as it had to be.
    Lands,
    /// The processor halted, and the blob did not hand over.
    Halts,
    /// The machine was reset.
    Resets,
    /// The blob, as a guest of the shim, halted.
    GuestHalts,
    /// The blob, as a guest of the shim, shut down.
    GuestShutsDown,
    /// The blob handed over, and something was not as it had to be.
    Fails,
    /// The shim could not carry out its order.
    Errs,
}

impl From<End> for Ending {
    fn from(end: End) -> Self {
        match end {
            End::Passed => Self::Lands,
            End::Failed => Self::Fails,
            End::Error => Self::Errs,
            End::GuestHalted => Self::GuestHalts,
            End::GuestShutDown => Self::GuestShutsDown,
        }
    }
}

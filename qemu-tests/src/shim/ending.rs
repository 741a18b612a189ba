//! How a run ends.

use anyhow::{Result, bail};
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
}

impl Ending {
    /// The ending that the shim reports, if it is one that a case can have.
    pub(super) fn of(end: End, shim: &str) -> Result<Self> {
        match end {
            End::Passed => Ok(Self::Lands),
            End::GuestHalted => Ok(Self::GuestHalts),
            End::GuestShutDown => Ok(Self::GuestShutsDown),
            End::Failed => bail!("it landed, and the processor is not as it has to be:\n{shim}"),
            End::Error => bail!("the shim could not do what it was told:\n{shim}"),
        }
    }
}

//! The decision after the verification, by its status and the failure action; resets and waits.

pub mod reset;
pub mod wait;

use purgatory_abi::FailureAction;
use purgatory_abi::status::{Action, Status};

/// The next action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Start the target kernel.
    Boot,
    /// Start it in spite of a digest mismatch.
    Continue,
    /// Halt for good.
    Halt,
    /// Reset the machine after this many seconds.
    Reset(u32),
}

impl Decision {
    /// Returns the action that the verdict names.
    #[must_use]
    pub fn action(self) -> Action {
        match self {
            Self::Boot => Action::Boot,
            Self::Continue => Action::Continue,
            Self::Halt => Action::Halt,
            Self::Reset(_) => Action::Reset,
        }
    }
}

/// Whether this build can start an image in spite of a mismatch.
const MAY_CONTINUE: bool = cfg!(not(feature = "no-continue"));

/// Whether this build has the failure action.
#[must_use]
pub fn is_known(on_failure: FailureAction) -> bool {
    MAY_CONTINUE || on_failure != FailureAction::Continue
}

/// Returns the next action for a status and the failure action of the image.
///
/// An image is started in spite of a failure only after a mismatch. After a fault, or with invalid tables, the
/// purgatory cannot tell which code it would start, so `continue` then means halt.
///
/// Without a configured action, the machine is not worse off than with the stock purgatories: they halt after a
/// mismatch, and all other failures end in a triple fault, which resets the machine.
#[must_use]
#[inline(never)]
pub fn decide(status: Status, on_failure: Option<FailureAction>) -> Decision {
    // Conditions in this order need fewer bytes than one match, which becomes a table of jumps.
    if matches!(status, Status::Verified | Status::Skipped) {
        return Decision::Boot;
    }
    if let Some(FailureAction::Reset(seconds)) = on_failure {
        return Decision::Reset(seconds);
    }
    if status != Status::Mismatch {
        return if on_failure.is_none() { Decision::Reset(0) } else { Decision::Halt };
    }
    if MAY_CONTINUE && on_failure == Some(FailureAction::Continue) {
        Decision::Continue
    } else {
        Decision::Halt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boots_if_verified_and_continues_only_after_a_mismatch() {
        const RESET: Decision = Decision::Reset(3);
        const AT_ONCE: Decision = Decision::Reset(0);
        // On failure halt, reset, continue, not configured.
        let table = [
            (Status::Verified, [Decision::Boot, Decision::Boot, Decision::Boot, Decision::Boot]),
            (Status::Mismatch, [Decision::Halt, RESET, Decision::Continue, Decision::Halt]),
            (Status::RegionWraps, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::RegionUnmapped, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::RegionCoversPurgatory, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::RegionsOverlap, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::ImplementationsBroken, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::EntryUnmapped, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::Fault, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::Internal, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::RegistersInvalid, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::Skipped, [Decision::Boot, Decision::Boot, Decision::Boot, Decision::Boot]),
            (Status::EntryTooHigh, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::HeaderUnknown, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::HeaderCorrupted, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::ListUnmapped, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::ListCorrupted, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::ListMalformed, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
            (Status::CodeCorrupted, [Decision::Halt, RESET, Decision::Halt, AT_ONCE]),
        ];
        assert_eq!(table.map(|(status, _)| status), Status::ALL);
        for (status, expected) in table {
            let configured =
                [FailureAction::Halt, FailureAction::Reset(3), FailureAction::Continue];
            let [halt, reset, go_on] = configured.map(Some);
            let decisions = [halt, reset, go_on, None].map(|on_failure| decide(status, on_failure));
            assert_eq!(decisions, expected, "{status:?}");
        }
    }
}

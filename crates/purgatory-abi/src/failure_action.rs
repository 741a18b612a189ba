//! The failure action, as the command line and the tool's arguments give it.

use crate::native::{OnFailure, Policy};
use crate::number;

/// The action when the image must not be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureAction {
    /// Halt, as the stock purgatories do.
    Halt,
    /// Reset the machine after this many seconds.
    Reset(u32),
    /// Start the image if only digests or zero padding are wrong.
    Continue,
}

impl FailureAction {
    /// Parses `halt`, `reset`, `reset,SECONDS` or `continue`. SECONDS is decimal, or hexadecimal with `0x`.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text == b"halt" {
            return Some(Self::Halt);
        }
        if text == b"continue" {
            return Some(Self::Continue);
        }
        let seconds = match text.strip_prefix(b"reset")? {
            [] => 0,
            [b',', seconds @ ..] => u32::try_from(number::whole(seconds)?).ok()?,
            _ => return None,
        };
        Some(Self::Reset(seconds))
    }

    /// Returns the policy of a native header with this failure action.
    #[must_use]
    pub fn policy(self) -> Policy {
        let (on_failure, seconds) = match self {
            Self::Halt => (OnFailure::Halt, 0),
            Self::Reset(seconds) => (OnFailure::Reset, seconds),
            Self::Continue => (OnFailure::Continue, 0),
        };
        Policy { on_failure: on_failure.code(), seconds, ..Policy::default() }
    }

    /// Returns the failure action of `policy`; `None` if the policy leaves it to the command line, or is unknown.
    #[must_use]
    pub fn of(policy: &Policy) -> Option<Self> {
        match OnFailure::from_code(policy.on_failure)? {
            OnFailure::CommandLine => None,
            OnFailure::Halt => Some(Self::Halt),
            OnFailure::Reset => Some(Self::Reset(policy.seconds)),
            OnFailure::Continue => Some(Self::Continue),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_every_form_and_keeps_it_in_a_policy() {
        for (text, expected) in [
            ("halt", FailureAction::Halt),
            ("continue", FailureAction::Continue),
            ("reset", FailureAction::Reset(0)),
            ("reset,4294967295", FailureAction::Reset(u32::MAX)),
            ("reset,0x10", FailureAction::Reset(16)),
            ("reset,0xFFffffff", FailureAction::Reset(u32::MAX)),
        ] {
            assert_eq!(FailureAction::parse(text.as_bytes()), Some(expected), "{text}");
            assert_eq!(FailureAction::of(&expected.policy()), Some(expected), "{text}");
        }
        assert_eq!(FailureAction::of(&Policy::default()), None);
        assert_eq!(FailureAction::of(&Policy { on_failure: 4, ..Policy::default() }), None);
    }

    #[test]
    fn rejects_other_forms() {
        let texts = ["", "stop", "halt,1", "reset,", "reset,-1", "reset,+1", "resets"];
        let numbers =
            ["reset,4294967296", "reset,0x", "reset,0x100000000", "reset,10h", "reset,ff"];
        for text in texts.into_iter().chain(numbers) {
            assert_eq!(FailureAction::parse(text.as_bytes()), None, "{text}");
        }
    }
}

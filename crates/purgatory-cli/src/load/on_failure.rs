//! `--on-failure`: the failure action of the purgatory.

use purgatory_abi::FailureAction;
use purgatory_abi::native::Policy;
use thiserror::Error;

/// The value is not a failure action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("write halt, reset, reset,SECONDS, or continue")]
pub struct OnFailureError;

/// Parses the value of `--on-failure`.
///
/// # Errors
///
/// Returns [`OnFailureError`] if the value is not a failure action.
pub fn parse(text: &str) -> Result<Policy, OnFailureError> {
    FailureAction::parse(text.as_bytes()).map(FailureAction::policy).ok_or(OnFailureError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_failure_actions() {
        assert_eq!(parse("reset,30"), Ok(FailureAction::Reset(30).policy()));
        assert_eq!(parse("reset,0x10"), Ok(FailureAction::Reset(16).policy()));
        for text in ["stop", "reset,0x", "reset,ff"] {
            assert_eq!(parse(text), Err(OnFailureError), "{text}");
        }
    }
}

//! `--on-failure`: what the purgatory does when the image must not be started.

use purgatory_abi::native::{OnFailure, Policy};
use thiserror::Error;

/// The value is no policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("write halt, reset, reset,SECONDS, or continue")]
pub struct OnFailureError;

/// Reads the value of `--on-failure`.
///
/// # Errors
///
/// It is none of the forms.
pub fn parse(text: &str) -> Result<Policy, OnFailureError> {
    let (on_failure, seconds) = match text.split_once(',') {
        None if text == "halt" => (OnFailure::Halt, 0),
        None if text == "continue" => (OnFailure::Continue, 0),
        None if text == "reset" => (OnFailure::Reset, 0),
        Some(("reset", seconds)) if seconds.bytes().all(|byte| byte.is_ascii_digit()) => {
            (OnFailure::Reset, seconds.parse().map_err(|_| OnFailureError)?)
        }
        _ => return Err(OnFailureError),
    };
    Ok(Policy { on_failure: on_failure.code(), seconds, ..Policy::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(on_failure: OnFailure, seconds: u32) -> Result<Policy, OnFailureError> {
        Ok(Policy { on_failure: on_failure.code(), seconds, ..Policy::default() })
    }

    #[test]
    fn every_policy() {
        assert_eq!(parse("halt"), policy(OnFailure::Halt, 0));
        assert_eq!(parse("continue"), policy(OnFailure::Continue, 0));
        assert_eq!(parse("reset"), policy(OnFailure::Reset, 0));
        assert_eq!(parse("reset,4294967295"), policy(OnFailure::Reset, u32::MAX));
    }

    #[test]
    fn no_policy() {
        for text in ["", "stop", "halt,1", "reset,", "reset,-1", "reset,+1", "reset,4294967296"] {
            assert_eq!(parse(text), Err(OnFailureError), "{text}");
        }
    }
}

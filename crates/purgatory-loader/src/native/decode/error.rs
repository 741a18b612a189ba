//! Errors of decoding a loaded image.

use alloc::format;
use alloc::string::String;
use purgatory_abi::status::Defect;
use thiserror::Error;

/// The reason why a loaded image cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum DecodeError {
    /// The memory ends before the end of the header or of the segment digest list.
    #[error("memory is truncated: header and segment digest list need {needed} bytes, got {len}")]
    Truncated { len: usize, needed: u64 },
    /// Header or list breaks a rule of the native contract, or has been corrupted since it was sealed.
    #[error(
        "header or segment digest list is invalid: {} at {:#x}{}",
        .0.status.name(), .0.address, segment(.0.slot)
    )]
    Invalid(Defect),
}

fn segment(index: Option<u8>) -> String {
    index.map_or(String::new(), |index| format!(" in segment {index}"))
}

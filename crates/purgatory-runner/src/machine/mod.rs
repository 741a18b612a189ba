//! The memory of a blob, the signals that its privileged instructions and exceptions raise, and the jump to it and
//! back.
//!
//! | module | content |
//! | --- | --- |
//! | [`mapping`] | executable memory below 2 GiB |
//! | [`enter`] | the jump, and the landing that leads back |
//! | [`signals`] | the signal handlers, which pass every fault of the blob to [`super::processor`] |
//! | [`timer`] | the timer that ends a blob after its time limit |
//! | [`run`](mod@run) | one run |
//! | [`outcome`] | the end of a run |
//! | [`cost`] | the cost of entering and leaving a handler |

#![allow(unsafe_code, reason = "runs code that is not part of this program")]

mod cost;
mod enter;
mod mapping;
mod outcome;
mod run;
mod signals;
mod timer;

pub use cost::Cost;
pub use enter::landing;
pub use mapping::Mapping;
pub use outcome::{End, Finished, RunError};
pub use run::run;

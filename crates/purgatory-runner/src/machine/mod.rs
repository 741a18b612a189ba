//! The memory that a blob runs in, the signals that stand for what it may not do, and the jump to it and back.
//!
//! | module | what |
//! | --- | --- |
//! | [`mapping`] | memory that can be executed, below 2 GiB |
//! | [`enter`] | the jump, and the landing that leads back |
//! | [`signals`] | every fault of the blob, given to [`super::processor`] |
//! | [`timer`] | the end of a blob that does not end |
//! | [`run`](mod@run) | one run |
//! | [`outcome`] | the end of a run |
//! | [`cost`] | what it costs to come to a handler and back |

#![allow(unsafe_code, reason = "runs code that is not this program's")]

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

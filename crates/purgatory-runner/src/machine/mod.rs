//! The memory that a blob runs in, the signals that stand for what it may not do, and the jump to it and back.
//!
//! | module | what |
//! | --- | --- |
//! | [`mapping`] | memory that can be executed, below 2 GiB |
//! | [`enter`] | the jump, and the landing that leads back |
//! | [`signals`] | every fault of the blob, given to [`super::processor`] |
//! | [`timer`] | the end of a blob that does not end |
//! | [`run`](mod@run) | one run |
//! | [`cost`] | what it costs to come to a handler and back |

#![allow(unsafe_code, reason = "runs code that is not this program's")]

mod cost;
mod enter;
mod mapping;
mod run;
mod signals;
mod timer;

pub use cost::Cost;
pub use enter::landing;
pub use mapping::Mapping;
pub use run::{End, Finished, run};

use super::processor::ProcessorError;
use std::io;
use std::time::Duration;
use thiserror::Error;

/// Why a blob could not be run, or did not end as purgatories end. `rip` is the address of an instruction.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum RunError {
    /// The operating system gives no memory that can be written and executed below 2 GiB.
    #[error("no {bytes} bytes of memory to run a blob in: {source}")]
    Memory { bytes: usize, source: io::Error },
    /// A signal handler or its stack cannot be set.
    #[error("cannot handle the blob's signals: {source}")]
    Signals { source: io::Error },
    /// There is no timer.
    #[error("cannot make a timer that ends the blob: {source}")]
    Timer { source: io::Error },
    /// The blob's memory does not have the address.
    #[error("{address:#x} is not in the blob's memory: an entry must be")]
    Entry { address: u64 },
    /// An instruction that nothing here stands in for, or an exception without a handler.
    #[error(transparent)]
    Processor(#[from] ProcessorError),
    /// It reads or writes where nothing is mapped, or what is read-only.
    #[error(
        "page fault at {rip:#x} of the blob: address {address:#x} is not mapped, or not for this"
    )]
    PageFault { rip: u64, address: u64 },
    /// Another exception.
    #[error("exception {vector} at {rip:#x} of the blob, which no purgatory is to raise")]
    Exception { rip: u64, vector: i64 },
    /// It did not end.
    #[error("the blob has not ended after {limit:?}; it is at {rip:#x}")]
    TooLong { rip: u64, limit: Duration },
}

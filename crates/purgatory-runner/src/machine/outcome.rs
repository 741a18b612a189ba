//! The end of a run.

use crate::processor::ProcessorError;
use std::io;
use std::time::Duration;
use thiserror::Error;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It returned, or jumped to the [landing](super::landing): rax.
    Returned(u64),
    /// It executed HLT.
    Halted,
    /// It jumps to the jump itself, as the kernel's purgatory does when it refuses an image.
    Spins,
}

/// A run that ended as purgatories end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// How.
    pub end: End,
    /// What it printed on ttyS0.
    pub said: String,
    /// What it printed on ttyS1.
    pub said_on_ttys1: String,
    /// Instructions and exceptions that were emulated.
    pub traps: u64,
    /// The blob's own time, with what it takes to leave it at each trap and to come back.
    pub took: Duration,
    /// The time of the handlers.
    pub away: Duration,
}

#[cfg(test)]
impl Finished {
    /// A run that ended so and printed this on ttyS0.
    pub(crate) fn with(end: End, said: &str) -> Self {
        let (said, said_on_ttys1) = (said.to_owned(), String::new());
        Self { end, said, said_on_ttys1, traps: 0, took: Duration::ZERO, away: Duration::ZERO }
    }
}

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
    /// An instruction that is not emulated, or an exception without a handler.
    #[error(transparent)]
    Processor(#[from] ProcessorError),
    /// A page fault without a handler: it reads or writes an unmapped address, or writes a read-only one.
    #[error(
        "page fault at {rip:#x} of the blob: address {address:#x} is not mapped, or not for this"
    )]
    PageFault { rip: u64, address: u64 },
    /// It did not end.
    #[error("the blob has not ended after {limit:?}; it is at {rip:#x}")]
    TooLong { rip: u64, limit: Duration },
}

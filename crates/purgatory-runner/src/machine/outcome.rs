//! The end of a run.

use crate::processor::ProcessorError;
use std::io;
use std::time::Duration;
use thiserror::Error;

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The blob returned, or jumped to the [landing](super::landing), with this value of rax.
    Returned(u64),
    /// The blob executed HLT.
    Halted,
    /// The blob is in a jump to itself, as the kernel's purgatory is after a digest mismatch.
    Spins,
}

/// A run that ended in one of the ways of purgatories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The end of the run.
    pub end: End,
    /// The output on ttyS0.
    pub printed: String,
    /// The output on ttyS1.
    pub printed_on_ttys1: String,
    /// The number of emulated instructions and exceptions.
    pub traps: u64,
    /// The blob's time, including the time to enter and leave a handler at each trap.
    pub took: Duration,
    /// The time spent in handlers.
    pub away: Duration,
}

#[cfg(test)]
impl Finished {
    /// Returns a run with this end and this output on ttyS0.
    pub(crate) fn with(end: End, printed: &str) -> Self {
        let (printed, printed_on_ttys1) = (printed.to_owned(), String::new());
        Self {
            end,
            printed,
            printed_on_ttys1,
            traps: 0,
            took: Duration::ZERO,
            away: Duration::ZERO,
        }
    }
}

/// The reason why a blob could not be run, or did not end. `rip` is the address of an instruction.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages describe the fields")]
pub enum RunError {
    /// The operating system gives no writable and executable memory below 2 GiB.
    #[error(
        "cannot allocate {bytes} bytes of executable memory below 2 GiB for the blob: {source}"
    )]
    Memory { bytes: usize, source: io::Error },
    /// A signal handler or its stack cannot be installed.
    #[error("cannot install the handlers of the blob's signals: {source}")]
    Signals { source: io::Error },
    /// The timer cannot be created.
    #[error("cannot create the timer for the blob's time limit: {source}")]
    Timer { source: io::Error },
    /// The entry is outside the blob's memory.
    #[error("the entry {address:#x} is outside the blob's memory")]
    Entry { address: u64 },
    /// An instruction that is not emulated, or an exception without a handler.
    #[error(transparent)]
    Processor(#[from] ProcessorError),
    /// A page fault without a handler: the blob accesses an unmapped address, or writes to a read-only one.
    #[error(
        "page fault of the blob at {rip:#x}: address {address:#x} is unmapped, or does not permit the access"
    )]
    PageFault { rip: u64, address: u64 },
    /// The blob did not end within its time limit.
    #[error("the blob did not end within {limit:?}: it is at {rip:#x}")]
    TooLong { rip: u64, limit: Duration },
}

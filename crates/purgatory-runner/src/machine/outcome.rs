//! The end of a run.

use crate::processor::Registers;
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
    /// The blob jumped to memory that is not executable: to the target kernel, if it is at that address.
    Left {
        /// The address.
        rip: u64,
    },
    /// The blob reset the machine by an I/O port.
    Reset,
    /// The machine was reset, because neither an exception nor the double fault after it could be delivered.
    TripleFault {
        /// The vector of the exception.
        vector: u8,
        /// The address of the instruction that raised it.
        rip: u64,
    },
    /// The blob did not end within its time limit.
    TooLong {
        /// The address of the instruction that was interrupted.
        rip: u64,
    },
}

/// A run that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The end of the run.
    pub end: End,
    /// The output on ttyS0.
    pub printed: String,
    /// The output on ttyS1.
    pub printed_on_ttys1: String,
    /// The registers, if a trap ended the run.
    pub registers: Registers,
    /// CR0 and CR4.
    pub control_registers: [u64; 2],
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
            registers: Registers::default(),
            control_registers: [0; 2],
            traps: 0,
            took: Duration::ZERO,
            away: Duration::ZERO,
        }
    }
}

/// The reason why a blob could not be run.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages describe the fields")]
pub enum RunError {
    /// The operating system gives no such memory. `start` is 0 for memory at any address below 2 GiB.
    #[error("cannot allocate {bytes} bytes of memory for the blob at {start:#x}: {source}")]
    Memory { start: u64, bytes: usize, source: io::Error },
    /// A signal handler or its stack cannot be installed.
    #[error("cannot install the handlers of the blob's signals: {source}")]
    Signals { source: io::Error },
    /// The timer cannot be created.
    #[error("cannot create the timer for the blob's time limit: {source}")]
    Timer { source: io::Error },
    /// The entry is outside the blob's memory.
    #[error("the entry {address:#x} is outside the blob's memory")]
    Entry { address: u64 },
}

//! Runs of the boot shim: a case, what came of it, and what had to come of it.
//!
//! The shim is told by its command line what to do (`boot_shim::setup`) and says on the debug console what it saw; the
//! blob speaks on the serial ports. A run takes less than a second.

mod case;
mod count;
mod in_bochs;
mod memory;
mod outcome;
mod run;

pub use case::{Act, Case, Check, Ending, Uarts};
pub use count::{Instructions, count};
pub use memory::Read;
pub use outcome::Outcome;

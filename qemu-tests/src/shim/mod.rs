//! Runs of the boot shim: a case, its result, and the expected result.
//!
//! An order that is appended to the blob tells the shim its task (`boot_shim::order`). The shim reports on the debug
//! console and the blob on the serial ports. A run takes less than a second.

mod case;
mod count;
mod ending;
mod files;
mod in_bochs;
mod in_memory;
mod in_qemu;
mod memory;
mod outcome;
mod run;

pub use boot_shim::order::{Memory, Piece};
pub use case::{Act, Case, Check, Uarts};
pub use count::{Instructions, count};
pub use ending::Ending;
pub use in_memory::{Entered, enter};
pub use memory::Read;
pub use outcome::Outcome;

//! An image of segments: their places, their checks, and the bytes and addresses for kexec_load(2).
//!
//! | item | purpose |
//! | --- | --- |
//! | [`Placer`] | chooses addresses |
//! | [`NewKernel`] | a placed target kernel: segments and entry |
//! | [`Builder`] | collects segments, checks them, places and seals the purgatory |
//! | [`Ready`] | the result: entry and segments |
//! | [`without`] | subtracts memory ranges |
//! | [`page_table_bytes`] | memory that the running kernel itself needs in the crash kernel region |

mod builder;
mod error;
mod new_kernel;
mod page_tables;
mod placer;
mod ranges;

pub use builder::{Builder, Ready};
pub use error::BuildError;
pub use new_kernel::NewKernel;
pub use page_tables::page_table_bytes;
pub use placer::{Direction, Placer, PlacerError};
pub use ranges::without;

//! An image out of segments: where each goes, what is refused, and the bytes and addresses that kexec_load(2) takes.
//!
//! | item | what |
//! | --- | --- |
//! | [`Placer`] | addresses for what has none yet |
//! | [`NewKernel`] | a target kernel in its place: segments and entry |
//! | [`Builder`] | collects segments, checks them, places and seals the purgatory |
//! | [`Ready`] | the result: entry and segments |
//! | [`without`] | memory less other memory |
//! | [`page_table_bytes`] | memory of the crash kernel region that the running kernel needs itself |

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

//! An image out of segments: where each goes, what is refused, and the bytes and addresses that kexec_load(2) takes.
//!
//! | item | what |
//! | --- | --- |
//! | [`Placer`] | addresses for what has none yet |
//! | [`Builder`] | collects segments, checks them, places and seals the purgatory |
//! | [`Ready`] | the result: entry and segments |
//! | [`without`] | memory less other memory |
//! | [`page_tables`] | what a kernel needs of a crash image's memory itself |

mod builder;
mod error;
mod placer;
mod ranges;
mod spare;

pub use builder::{Builder, Ready};
pub use error::BuildError;
pub use placer::{Direction, Placer, PlacerError};
pub use ranges::without;
pub use spare::page_tables;

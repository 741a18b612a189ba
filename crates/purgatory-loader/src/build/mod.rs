//! An image out of segments: where each goes, what is refused, and the bytes and addresses that kexec_load(2) takes.
//!
//! | item | what |
//! | --- | --- |
//! | [`Placer`] | addresses for what has none yet |
//! | [`Segment`] | something to be loaded |

mod placer;
mod segment;

pub use placer::{Direction, Placer, PlacerError};
pub use segment::{KexecSegment, PAGE, Segment, SegmentId};

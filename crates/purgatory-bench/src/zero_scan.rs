//! The native purgatory's look at memory that is to be zero.

use crate::contender::{Contender, Verdict};
use crate::image::Image;
use anyhow::Result;
use purgatory::zeros::first_nonzero;

/// Looks at what follows each segment's payload.
pub struct ZeroScan;

impl Contender for ZeroScan {
    fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict> {
        let mut segments = image.segments().iter();
        let other = segments.find_map(|segment| first_nonzero(&memory[segment.zeros()]));
        Ok(Verdict::of(&None, &other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::rows::Content;

    #[test]
    fn a_byte_that_is_not_zero_is_seen() {
        check(&mut ZeroScan, Content::Zeros).unwrap();
    }

    #[test]
    fn payload_is_not_looked_at() {
        assert!(check(&mut ZeroScan, Content::Random).is_err());
    }
}

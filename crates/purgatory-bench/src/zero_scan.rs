//! The native purgatory's check of zero padding.

use crate::contender::{Contender, Verdict};
use crate::image::Image;
use anyhow::Result;
use purgatory::zeros::first_nonzero;

/// Checks the zero padding of each segment.
pub struct ZeroScan;

impl Contender for ZeroScan {
    fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict> {
        let mut segments = image.segments().iter();
        let nonzero = segments.find_map(|segment| first_nonzero(&memory[segment.zeros()]));
        Ok(Verdict::of(&None, &nonzero))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::rows::Content;

    #[test]
    fn detects_nonzero_bytes() {
        check(&mut ZeroScan, Content::Zeros).unwrap();
    }

    #[test]
    fn payload_is_not_checked() {
        assert!(check(&mut ZeroScan, Content::Random).is_err());
    }
}

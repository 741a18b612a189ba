//! Crates that digest one stream.

use crate::contender::{Contender, Verdict};
use crate::image::Image;
use anyhow::Result;
use sha2::{Digest, Sha256};

/// The sha2 crate, with its own detection of the processor.
pub(super) struct Sha2;

impl Contender for Sha2 {
    fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict> {
        let mut hasher = Sha256::new();
        image.segments().iter().for_each(|segment| hasher.update(&memory[segment.range.clone()]));
        Ok(Verdict::of(&image.stream()[..], &hasher.finalize()[..]))
    }
}

/// The blake3 crate on one thread: another hash function, for comparison. The expected digest is its own.
#[derive(Default)]
pub(super) struct Blake3 {
    expected: Option<blake3::Hash>,
}

impl Contender for Blake3 {
    fn prepare(&mut self, image: &Image, memory: &[u8]) -> Result<()> {
        self.expected = Some(of(image, memory));
        Ok(())
    }

    fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict> {
        Ok(Verdict::of(&self.expected, &Some(of(image, memory))))
    }
}

fn of(image: &Image, memory: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for segment in image.segments() {
        hasher.update(&memory[segment.range.clone()]);
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::rows::Content;

    #[test]
    fn sha2_and_blake3_pass_the_check() {
        check(&mut Sha2, Content::Random).unwrap();
        check(&mut Blake3::default(), Content::Random).unwrap();
    }

    #[test]
    fn unprepared_image_does_not_match() {
        let image = Image::split(b"abc", 3, 1).unwrap();
        assert_eq!(Blake3::default().run(&image, b"abc").unwrap(), Verdict::Corrupted);
    }

    #[test]
    fn blake3_passes_its_test_vector() {
        // The test vectors of the BLAKE3 team, input_len 0.
        let nothing = Image::of(b"", Vec::new()).unwrap();
        let expected = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(of(&nothing, b"").to_hex().as_str(), expected);
    }
}

//! Reads memory without verifying it: the upper limit for every contender.

#![allow(unsafe_code, reason = "calls of functions whose instructions not every processor has")]

use crate::contender::{Contender, Verdict};
use crate::image::Image;
use anyhow::Result;

/// Adds up all words, with the processor's widest vectors.
#[derive(Default)]
pub struct MemoryRead {
    expected: Option<u64>,
}

impl Contender for MemoryRead {
    fn prepare(&mut self, image: &Image, memory: &[u8]) -> Result<()> {
        self.expected = Some(of(image, memory, add_up));
        Ok(())
    }

    fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict> {
        Ok(Verdict::of(&self.expected, &Some(of(image, memory, widest()))))
    }
}

type AddUp = fn(&[u8]) -> u64;

fn of(image: &Image, memory: &[u8], add_up: AddUp) -> u64 {
    let sums = image.segments().iter().map(|segment| add_up(&memory[segment.range.clone()]));
    sums.fold(0, u64::wrapping_add)
}

fn widest() -> AddUp {
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor has AVX-512.
        |memory| unsafe { add_up_avx512(memory) }
    } else if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        |memory| unsafe { add_up_avx2(memory) }
    } else {
        add_up
    }
}

#[target_feature(enable = "avx512f")]
fn add_up_avx512(memory: &[u8]) -> u64 {
    add_up(memory)
}

#[target_feature(enable = "avx2")]
fn add_up_avx2(memory: &[u8]) -> u64 {
    add_up(memory)
}

/// Returns the sum of all 64-bit words and of the remaining bytes.
// The compiler vectorizes these loops, with the vector width of the function that this is inlined into.
#[inline(always)]
fn add_up(memory: &[u8]) -> u64 {
    const WORDS: usize = 64;
    let (words, rest) = memory.as_chunks::<8>();
    let (blocks, words) = words.as_chunks::<WORDS>();
    let mut sums = [0_u64; WORDS];
    for block in blocks {
        for (sum, word) in sums.iter_mut().zip(block) {
            *sum = sum.wrapping_add(u64::from_ne_bytes(*word));
        }
    }
    let mut all = 0_u64;
    for sum in sums {
        all = all.wrapping_add(sum);
    }
    for word in words {
        all = all.wrapping_add(u64::from_ne_bytes(*word));
    }
    for byte in rest {
        all = all.wrapping_add(u64::from(*byte));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::rows::Content;

    #[test]
    fn sum_includes_every_byte() {
        let bytes = [1_u8; 8 * 64 * 2 + 8 * 3 + 5];
        let word = u64::from_ne_bytes([1; 8]);
        assert_eq!(widest()(&bytes), word.wrapping_mul(131) + 5);
        assert_eq!(widest()(&bytes), add_up(&bytes));
    }

    #[test]
    fn detects_corrupted_bytes() {
        check(&mut MemoryRead::default(), Content::Random).unwrap();
    }

    #[test]
    fn unprepared_image_does_not_match() {
        let image = Image::split(b"abc", 3, 1).unwrap();
        assert_eq!(MemoryRead::default().run(&image, b"abc").unwrap(), Verdict::Corrupted);
    }
}

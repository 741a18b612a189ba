//! Checks contenders on small images before they are timed: they must find each corrupted byte, and accept intact
//! images.

use crate::contender::{Contender, Verdict};
use crate::image::{CHUNK, Image, Segment};
use crate::rows::Content;
use anyhow::{Context, Result, ensure};

/// Checks that `contender` accepts an intact image of this content, rejects it with one bit flipped in each of several
/// places, and accepts it again.
///
/// # Errors
///
/// Returns an error if a verdict is wrong, or if the contender did not verify all of the payload.
pub fn check(contender: &mut dyn Contender, content: Content) -> Result<()> {
    let (mut memory, segments) = small(content);
    let image = Image::of(&memory, segments)?;
    expect(contender, &image, &memory, Verdict::Intact).context("the image was intact")?;
    for at in [0, memory.len() / 2, memory.len() - 1] {
        contender.prepare(&image, &memory)?;
        memory[at] ^= 0x10;
        let verdict = verdict(contender, &image, &memory);
        memory[at] ^= 0x10;
        let of = memory.len();
        let verdict = verdict.with_context(|| format!("byte {at} of {of} was corrupted"))?;
        ensure!(
            verdict == Verdict::Corrupted,
            "does not detect that byte {at} of {of} was corrupted"
        );
    }
    expect(contender, &image, &memory, Verdict::Intact).context("all flipped bits were restored")
}

fn expect(
    contender: &mut dyn Contender,
    image: &Image,
    memory: &[u8],
    expected: Verdict,
) -> Result<()> {
    contender.prepare(image, memory)?;
    let verdict = verdict(contender, image, memory)?;
    ensure!(verdict == expected, "the verdict is {verdict:?}, expected {expected:?}");
    Ok(())
}

/// Returns the verdict over all parts, which together must contain every byte of the payload.
fn verdict(contender: &mut dyn Contender, image: &Image, memory: &[u8]) -> Result<Verdict> {
    let mut all = 0;
    for part in 0..contender.parts(image) {
        let (verdict, bytes) = contender.run_part(image, memory, part)?;
        if verdict == Verdict::Corrupted {
            return Ok(verdict);
        }
        all += bytes;
    }
    let payload: usize = image.segments().iter().map(|segment| segment.payload).sum();
    ensure!(all >= payload, "verified {all} bytes of {payload}");
    Ok(Verdict::Intact)
}

/// Returns a small image of this content. Its segments are whole pages, as loaders make them, but not whole chunks.
fn small(content: Content) -> (Vec<u8>, Vec<Segment>) {
    const SEGMENT: usize = CHUNK + 4096;
    let mut memory = vec![0; 3 * SEGMENT];
    let payload = match content {
        Content::Random => SEGMENT,
        Content::Zeros => 0,
        Content::CrashImage => CHUNK + 7,
    };
    let segments = (0..3).map(|index| index * SEGMENT);
    let segments = segments.map(|start| Segment { range: start..start + SEGMENT, payload });
    let segments: Vec<Segment> = segments.collect();
    for segment in &segments {
        for (byte, value) in memory[segment.payload()].iter_mut().zip((0..=250).cycle()) {
            *byte = value;
        }
    }
    (memory, segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Always returns the same verdict.
    struct Constant(Verdict);

    impl Contender for Constant {
        fn run(&mut self, _: &Image, _: &[u8]) -> Result<Verdict> {
            Ok(self.0)
        }
    }

    /// Compares all bytes except the last ones, whose number is the second field.
    struct Incomplete(Vec<u8>, usize);

    impl Contender for Incomplete {
        fn prepare(&mut self, _: &Image, memory: &[u8]) -> Result<()> {
            self.0 = memory[..memory.len() - self.1].to_vec();
            Ok(())
        }

        fn run(&mut self, _: &Image, memory: &[u8]) -> Result<Verdict> {
            Ok(Verdict::of(&self.0[..], &memory[..memory.len() - self.1]))
        }
    }

    #[test]
    fn accepts_a_complete_contender() {
        for content in [Content::Random, Content::Zeros, Content::CrashImage] {
            check(&mut Incomplete(Vec::new(), 0), content).unwrap();
        }
    }

    #[test]
    fn rejects_a_contender_that_misses_the_last_byte() {
        let error = check(&mut Incomplete(Vec::new(), 1), Content::Random).unwrap_err().to_string();
        assert!(error.contains("does not detect that byte 208895"), "{error}");
    }

    /// Has two parts, and reports one byte for each.
    struct Half(Incomplete);

    impl Contender for Half {
        fn prepare(&mut self, image: &Image, memory: &[u8]) -> Result<()> {
            self.0.prepare(image, memory)
        }

        fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict> {
            self.0.run(image, memory)
        }

        fn parts(&self, _: &Image) -> usize {
            2
        }

        fn run_part(&mut self, image: &Image, memory: &[u8], _: usize) -> Result<(Verdict, usize)> {
            Ok((self.run(image, memory)?, 1))
        }
    }

    #[test]
    fn rejects_a_contender_that_leaves_out_bytes() {
        let mut half = Half(Incomplete(Vec::new(), 0));
        let error = format!("{:#}", check(&mut half, Content::Random).unwrap_err());
        assert!(error.contains("verified 2 bytes of 208896"), "{error}");
    }

    #[test]
    fn rejects_a_contender_with_a_constant_verdict() {
        for verdict in [Verdict::Intact, Verdict::Corrupted] {
            assert!(check(&mut Constant(verdict), Content::Zeros).is_err(), "{verdict:?}");
        }
    }
}

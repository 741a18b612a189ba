//! Before a contender is timed, it shows on small images that it finds every change and nothing else.

use crate::contender::{Contender, Verdict};
use crate::image::{CHUNK, Image, Segment};
use crate::rows::Content;
use anyhow::{Context, Result, ensure};

/// Has `contender` verify an image of this content as it is, with one bit flipped in several places, and as it is again.
///
/// # Errors
/// It did not say what is the case: nothing that it does is worth timing.
pub fn check(contender: &mut dyn Contender, content: Content) -> Result<()> {
    let (mut memory, segments) = small(content);
    let image = Image::of(&memory, segments)?;
    expect(contender, &image, &memory, Verdict::Unchanged).context("nothing was changed")?;
    for at in [0, memory.len() / 2, memory.len() - 1] {
        contender.prepare(&image, &memory)?;
        memory[at] ^= 0x10;
        let verdict = verdict(contender, &image, &memory);
        memory[at] ^= 0x10;
        let of = memory.len();
        let verdict = verdict.with_context(|| format!("byte {at} of {of} was changed"))?;
        ensure!(verdict == Verdict::Changed, "it does not see that byte {at} of {of} was changed");
    }
    expect(contender, &image, &memory, Verdict::Unchanged).context("all changes were undone")
}

fn expect(
    contender: &mut dyn Contender,
    image: &Image,
    memory: &[u8],
    expected: Verdict,
) -> Result<()> {
    contender.prepare(image, memory)?;
    let verdict = verdict(contender, image, memory)?;
    ensure!(verdict == expected, "it says {verdict:?}");
    Ok(())
}

/// What it says of all parts, which must have every byte of the payload.
fn verdict(contender: &mut dyn Contender, image: &Image, memory: &[u8]) -> Result<Verdict> {
    let mut all = 0;
    for part in 0..contender.parts(image) {
        let (verdict, bytes) = contender.run_part(image, memory, part)?;
        if verdict == Verdict::Changed {
            return Ok(verdict);
        }
        all += bytes;
    }
    let payload: usize = image.segments().iter().map(|segment| segment.payload).sum();
    ensure!(all >= payload, "it has gone over {all} bytes of {payload}");
    Ok(Verdict::Unchanged)
}

/// A small image of each content: segments of pages, as loaders have them, that are no whole number of chunks.
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

    /// Says always the same.
    struct Stubborn(Verdict);

    impl Contender for Stubborn {
        fn run(&mut self, _: &Image, _: &[u8]) -> Result<Verdict> {
            Ok(self.0)
        }
    }

    /// Compares the bytes, but for those from the last page on.
    struct Careless(Vec<u8>, usize);

    impl Contender for Careless {
        fn prepare(&mut self, _: &Image, memory: &[u8]) -> Result<()> {
            self.0 = memory[..memory.len() - self.1].to_vec();
            Ok(())
        }

        fn run(&mut self, _: &Image, memory: &[u8]) -> Result<Verdict> {
            Ok(Verdict::of(&self.0[..], &memory[..memory.len() - self.1]))
        }
    }

    #[test]
    fn whoever_compares_everything_passes() {
        for content in [Content::Random, Content::Zeros, Content::CrashImage] {
            check(&mut Careless(Vec::new(), 0), content).unwrap();
        }
    }

    #[test]
    fn whoever_misses_the_last_byte_does_not() {
        let error = check(&mut Careless(Vec::new(), 1), Content::Random).unwrap_err().to_string();
        assert!(error.contains("it does not see that byte 208895"), "{error}");
    }

    /// Says of each of two parts what is so of the first.
    struct Half(Careless);

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
    fn whoever_leaves_bytes_out_does_not() {
        let mut half = Half(Careless(Vec::new(), 0));
        let error = format!("{:#}", check(&mut half, Content::Random).unwrap_err());
        assert!(error.contains("it has gone over 2 bytes of 208896"), "{error}");
    }

    #[test]
    fn whoever_says_always_the_same_does_not() {
        for verdict in [Verdict::Unchanged, Verdict::Changed] {
            assert!(check(&mut Stubborn(verdict), Content::Zeros).is_err(), "{verdict:?}");
        }
    }
}

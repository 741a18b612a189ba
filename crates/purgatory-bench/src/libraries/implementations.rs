//! The implementations of `purgatory_sha256`: many messages at once.

use super::foreign::Foreign;
use crate::contender::{Candidate, Contender, Verdict};
use crate::image::{self, CHUNK, Image, Sha256Digest};
use crate::rows::ROWS;
use anyhow::{Context, Result};
use purgatory_sha256::{Implementation, digest_many};
use std::ops::Range;
use std::path::Path;

/// The start of the names of implementations' rows.
const PREFIX: &str = "implementation-";

/// The only implementation that is not measured from this program, because sha2 would use SHA-NI here.
const SCALAR: &str = "implementation-scalar";

/// Returns a candidate for each implementation. The scalar one is in the library `scalar`. Implementations that this
/// CPU cannot run have the reason instead of a contender.
pub(super) fn candidates(scalar: &Path) -> Vec<Candidate> {
    let candidate = |row: &&str| {
        let name = row.strip_prefix(PREFIX)?;
        Some(match *row {
            SCALAR => Candidate::new(*row, Foreign::open(scalar, 0, CHUNK)),
            _ => Candidate::new(*row, detected(name)),
        })
    };
    ROWS.iter().filter_map(candidate).collect()
}

fn detected(name: &str) -> Result<Many> {
    let implementation =
        Implementation::detected().find(|implementation| implementation.name() == name);
    let implementation = implementation.context("this CPU lacks the instructions")?;
    Ok(Many { implementation, digests: Vec::new() })
}

struct Many {
    implementation: Implementation,
    digests: Vec<Sha256Digest>,
}

impl Many {
    /// Digests these chunks, and returns the verdict and their bytes.
    fn digest(&mut self, image: &Image, memory: &[u8], chunks: Range<usize>) -> (Verdict, usize) {
        let digests = &mut self.digests[chunks.clone()];
        let mut bytes = 0;
        let messages = image.messages(memory).skip(chunks.start).take(chunks.len());
        let messages = messages.inspect(|message| bytes += message.len());
        digest_many(self.implementation, messages, |index, digest| digests[index] = digest);
        (Verdict::of(&image.chunks()[chunks], digests), bytes)
    }
}

impl Contender for Many {
    fn prepare(&mut self, image: &Image, _: &[u8]) -> Result<()> {
        self.digests = vec![Sha256Digest::default(); image.chunks().len()];
        Ok(())
    }

    fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict> {
        Ok(self.digest(image, memory, 0..image.chunks().len()).0)
    }

    fn parts(&self, image: &Image) -> usize {
        image::parts(image.chunks().len(), image.chunk())
    }

    fn run_part(&mut self, image: &Image, memory: &[u8], part: usize) -> Result<(Verdict, usize)> {
        let chunks = image::part(part, image.chunks().len(), image.chunk());
        Ok(self.digest(image, memory, chunks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::rows::Content;

    #[test]
    fn detected_implementations_have_a_row_and_pass_the_check() {
        for implementation in Implementation::detected() {
            let name = implementation.name();
            assert!(ROWS.contains(&&format!("{PREFIX}{name}")[..]), "{name}");
            check(&mut detected(name).unwrap(), Content::Random).expect(name);
        }
    }

    #[test]
    fn each_part_detects_its_own_corruption() {
        let mut memory = vec![3; 4 << 20];
        let image = Image::split(&memory, memory.len(), 1).unwrap();
        let mut many = detected(Implementation::detected().next().unwrap().name()).unwrap();
        many.prepare(&image, &memory).unwrap();
        assert_eq!(many.parts(&image), 2);
        memory[(4 << 20) - 1] = 4;
        let mut run = |part| many.run_part(&image, &memory, part).unwrap();
        assert_eq!(run(0), (Verdict::Intact, 3 << 20));
        assert_eq!(run(1), (Verdict::Corrupted, 1 << 20));
    }

    #[test]
    fn only_detected_implementations_have_a_contender() {
        let candidates = candidates(Path::new("/etc/passwd"));
        let present = candidates.iter().filter(|candidate| candidate.contender.is_ok()).count();
        assert_eq!(present, Implementation::detected().filter(|b| b.name() != "scalar").count());
        assert!(detected("none").is_err());
    }
}

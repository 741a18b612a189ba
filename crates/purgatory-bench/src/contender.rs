//! What can be measured: something that goes over a buffer and says whether it is as it was.

use crate::image::Image;
use anyhow::Result;
pub use purgatory_runner::verdict::Verdict;
use std::time::Duration;

/// Something that verifies memory: a purgatory, a library, or a loop that only reads.
///
/// Before one is timed, it must have found small images unchanged, and changed with a bit flipped; see
/// `check`. Each timed run must find its image unchanged too.
pub trait Contender {
    /// Gets ready to verify `image`, whose bytes are in `memory`; what was prepared before is forgotten. It is not timed,
    /// and called before every sample: digests that are not the library's own are in `image`, made by the sha2 crate.
    ///
    /// # Errors
    /// The contender cannot verify such an image.
    fn prepare(&mut self, _image: &Image, _memory: &[u8]) -> Result<()> {
        Ok(())
    }

    /// Goes once over the image that was prepared last. `memory` is at the same address as then.
    ///
    /// # Errors
    /// The contender ended in a way that is neither of the verdicts.
    fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict>;

    /// How many parts of the image it can go over one by one: the less one takes, the sooner it is done without the core's
    /// other thread having been at work.
    fn parts(&self, _image: &Image) -> usize {
        1
    }

    /// Goes once over one part, and says how many bytes that has. This is what is timed.
    ///
    /// # Errors
    /// As for [`Contender::run`].
    fn run_part(&mut self, image: &Image, memory: &[u8], _part: usize) -> Result<(Verdict, usize)> {
        Ok((self.run(image, memory)?, image.bytes()))
    }

    /// How much of the last run's time was work of the bench that has nothing to do with verifying. It is taken off.
    fn overhead(&self) -> Duration {
        Duration::ZERO
    }
}

/// A row of the result, and who is measured for it.
pub struct Candidate {
    /// The row's name, one of `rows`.
    pub name: String,
    /// Who is measured; an error says why nobody is.
    pub contender: Result<Box<dyn Contender>>,
}

impl Candidate {
    /// The candidate for the row `name`.
    pub fn new(name: impl Into<String>, contender: Result<impl Contender + 'static>) -> Self {
        let contender = contender.map(|contender| Box::new(contender) as _);
        Self { name: name.into(), contender }
    }
}

//! The trait of everything that the bench measures: code that verifies an image in memory.

use crate::image::Image;
use anyhow::Result;
pub use purgatory_runner::verdict::Verdict;
use std::time::Duration;

/// Code that verifies memory: a purgatory, a library, or a loop that only reads.
///
/// Before it is timed, it must pass [`crate::check::check`]. Each timed run must find its image intact too.
pub trait Contender {
    /// Prepares to verify `image`, whose bytes are in `memory`. It replaces the image that was prepared before. It is
    /// called before every sample, and not timed. `image` has SHA-256 digests, which the sha2 crate calculated.
    ///
    /// # Errors
    ///
    /// Returns an error if the contender cannot verify such an image.
    fn prepare(&mut self, _image: &Image, _memory: &[u8]) -> Result<()> {
        Ok(())
    }

    /// Verifies the image that was prepared last, once. `memory` is at the same address as in [`Contender::prepare`].
    ///
    /// # Errors
    ///
    /// Returns an error if the contender ends without a verdict.
    fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict>;

    /// Returns the number of parts that can be verified one by one. The shorter a part, the more likely it is that the
    /// core's other thread is idle meanwhile.
    fn parts(&self, _image: &Image) -> usize {
        1
    }

    /// Verifies one part, once, and returns its size in bytes. This method is timed.
    ///
    /// # Errors
    ///
    /// The same as for [`Contender::run`].
    fn run_part(&mut self, image: &Image, memory: &[u8], _part: usize) -> Result<(Verdict, usize)> {
        Ok((self.run(image, memory)?, image.bytes()))
    }

    /// Returns the time of the last run that the bench itself used. It is subtracted from the measured time.
    fn overhead(&self) -> Duration {
        Duration::ZERO
    }
}

/// A row of the result, and the contender that is measured for it.
pub struct Candidate {
    /// The row's name, see [`crate::rows`].
    pub name: String,
    /// The contender, or an error that says why there is none.
    pub contender: Result<Box<dyn Contender>>,
}

impl Candidate {
    /// Creates the candidate for the row `name`.
    pub fn new(name: impl Into<String>, contender: Result<impl Contender + 'static>) -> Self {
        let contender = contender.map(|contender| Box::new(contender) as _);
        Self { name: name.into(), contender }
    }
}

//! Rounds: each measures everything once, so that whatever slows the machine down for a while slows all down.

use crate::clock;
use crate::contender::{Contender, Verdict};
use crate::figures::{Figures, Sample};
use crate::image::Image;
use anyhow::{Context, Result, bail, ensure};
use std::time::{Duration, Instant};

/// A sample takes at least about as long; an image that is done sooner is gone over several times.
const SAMPLE: Duration = Duration::from_millis(20);

/// One thing to measure.
pub struct Job<'a> {
    /// Whose turn it is: an index of the contenders.
    pub contender: usize,
    /// What is verified.
    pub image: &'a Image,
    /// The image's bytes.
    pub memory: &'a [u8],
}

/// Who is measured, and the row's name.
pub type Named = (String, Box<dyn Contender>);

/// Measures all jobs in turn, `rounds` times after one round that does not count, and gives the figures of each, in
/// order. What is being done is said on stderr: it is called `what`.
///
/// # Errors
/// A contender fails, or finds an image changed.
pub fn measure(
    what: &str,
    contenders: &mut [Named],
    jobs: &[Job<'_>],
    rounds: usize,
) -> Result<Vec<Figures>> {
    let mut passes = Vec::new();
    let started = Instant::now();
    for job in jobs {
        let alone = sample(contenders, job, 1)?;
        passes.push((SAMPLE.as_secs_f64() / alone.seconds).ceil().clamp(1.0, 1e6) as u32);
    }
    say(what, "warm-up", started);

    let mut samples = vec![Vec::new(); jobs.len()];
    for round in 1..=rounds {
        let started = Instant::now();
        for ((job, passes), samples) in jobs.iter().zip(&passes).zip(&mut samples) {
            samples.push(sample(contenders, job, *passes)?);
        }
        say(what, &format!("round {round} of {rounds}"), started);
    }
    let figures = samples.iter().map(|samples| Figures::of(samples));
    figures.collect::<Option<_>>().context("there must be a round at least")
}

fn say(what: &str, part: &str, started: Instant) {
    eprintln!("  {what}, {part}: {:.1} s", started.elapsed().as_secs_f64());
}

fn sample(contenders: &mut [Named], job: &Job<'_>, passes: u32) -> Result<Sample> {
    let Some((name, contender)) = contenders.get_mut(job.contender) else {
        bail!("there is no contender {}", job.contender);
    };
    timed(contender.as_mut(), job, passes).with_context(|| name.clone())
}

fn timed(contender: &mut dyn Contender, job: &Job<'_>, passes: u32) -> Result<Sample> {
    contender.prepare(job.image, job.memory)?;
    if passes > 1 {
        // A small image, and the contender's code, come into the caches.
        once(contender, job)?;
    }
    let before = clock::hertz();
    let started = Instant::now();
    let mut overhead = Duration::ZERO;
    for _ in 0..passes {
        once(contender, job)?;
        overhead += contender.overhead();
    }
    let seconds = started.elapsed().saturating_sub(overhead).as_secs_f64();
    let hertz = f64::midpoint(before, clock::hertz());
    let bytes = job.image.bytes() as u64 * u64::from(passes);
    Ok(Sample { bytes, seconds, hertz })
}

fn once(contender: &mut dyn Contender, job: &Job<'_>) -> Result<()> {
    let verdict = contender.run(job.image, job.memory)?;
    ensure!(verdict == Verdict::Unchanged, "it found an image changed that was not");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Works for a millisecond, of which so much is overhead, and finds what it is told to find.
    struct Idler(Verdict, Duration);

    impl Contender for Idler {
        fn prepare(&mut self, _: &Image, _: &[u8]) -> Result<()> {
            Ok(())
        }

        fn run(&mut self, _: &Image, _: &[u8]) -> Result<Verdict> {
            let started = clock::now();
            while clock::now() - started < Duration::from_millis(1) {}
            Ok(self.0)
        }

        fn overhead(&self) -> Duration {
            self.1
        }
    }

    fn one(verdict: Verdict, rounds: usize) -> Result<Vec<Figures>> {
        with(Idler(verdict, Duration::ZERO), rounds)
    }

    fn with(idler: Idler, rounds: usize) -> Result<Vec<Figures>> {
        let memory = [0; 1000];
        let image = Image::split(&memory, 1000, 1)?;
        let mut contenders: [Named; 1] = [("idler".into(), Box::new(idler))];
        let job = Job { contender: 0, image: &image, memory: &memory };
        measure("test", &mut contenders, &[job], rounds)
    }

    #[test]
    fn a_thousand_bytes_a_millisecond_are_at_most_a_megabyte_a_second() {
        let figures = one(Verdict::Unchanged, 1).unwrap();
        assert_eq!(figures.len(), 1);
        assert!(figures[0].gb_per_s > 0.0 && figures[0].gb_per_s <= 0.001, "{figures:?}");
    }

    #[test]
    fn overhead_is_taken_off() {
        let speed = |overhead| with(Idler(Verdict::Unchanged, overhead), 3).unwrap()[0].gb_per_s;
        let (slow, fast) = (speed(Duration::ZERO), speed(Duration::from_micros(900)));
        assert!(fast > 2.0 * slow, "{fast} and {slow}");
    }

    #[test]
    fn a_wrong_verdict_ends_it() {
        let error = format!("{:#}", one(Verdict::Changed, 1).unwrap_err());
        assert_eq!(error, "idler: it found an image changed that was not");
    }

    #[test]
    fn no_round_is_no_result() {
        assert!(one(Verdict::Unchanged, 0).is_err());
    }
}

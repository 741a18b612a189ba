//! Measures in rounds. Each round takes one sample of every job, so a slow phase of the machine affects all jobs.

use crate::clock;
use crate::contender::{Contender, Verdict};
use crate::figures::{Figures, Sample};
use crate::image::Image;
use crate::piece::{CoreState, Piece};
use crate::quiet::MaxAdditions;
use anyhow::{Context, Result, bail, ensure};
use std::time::{Duration, Instant};

/// The approximate minimum time of a sample. An image that takes less is verified several times.
const SAMPLE: Duration = Duration::from_millis(20);

/// The approximate minimum time of a piece of a sample, except for parts. It is short, so that the core's other thread
/// is often idle during a whole piece.
const PIECE: Duration = Duration::from_millis(1);

/// The maximum number of passes in a row, and of visits. The fastest row takes 3 µs.
const MAX_PASSES: f64 = 1e3;

/// An image that takes less time is verified once before each sample. Memory that was unused during a round may be
/// slow at first, above all in a virtual machine. This also brings small images into the caches.
const SHORT: Duration = Duration::from_millis(500);

/// One measurement: a contender and an image.
pub struct Job<'a> {
    /// The index of the contender.
    pub contender: usize,
    /// The image to verify.
    pub image: &'a Image,
    /// The image's bytes.
    pub memory: &'a [u8],
}

/// The name of a row, and its contender.
pub type Named = (String, Box<dyn Contender>);

/// Measures all jobs in turn, `rounds` times after one warm-up round, and returns the figures of each job, in order.
/// Prints the progress of this `phase` to stderr.
///
/// # Errors
///
/// Returns an error if a contender fails, or finds that an intact image is corrupted, or if `rounds` is 0.
pub fn measure(
    phase: &str,
    contenders: &mut [Named],
    jobs: &[Job<'_>],
    rounds: usize,
) -> Result<Vec<Figures>> {
    let mut passes = Vec::new();
    let started = Instant::now();
    for job in jobs {
        let once = Passes { before: 0, visits: 1, in_a_row: 1 };
        let pieces = sample(contenders, job, once)?;
        let all = pieces.iter().map(|piece| piece.seconds).sum();
        passes.push(Passes::for_one_of(Duration::from_secs_f64(all), pieces.len()));
    }
    print_progress(phase, "warm-up", started);

    let mut samples = vec![Vec::new(); jobs.len()];
    for round in 1..=rounds {
        let started = Instant::now();
        for ((job, passes), samples) in jobs.iter().zip(&passes).zip(&mut samples) {
            samples.push(sample(contenders, job, *passes)?);
        }
        print_progress(phase, &format!("round {round} of {rounds}"), started);
    }
    let max_additions = MaxAdditions::of(samples.iter().flatten().flatten());
    let figures = samples.iter().map(|samples| {
        let pieces = samples.concat();
        let samples: Vec<Sample> =
            samples.iter().map(|pieces| max_additions.sample(pieces)).collect();
        Figures::of(&samples, &pieces)
    });
    figures.collect::<Option<_>>().context("the number of rounds is 0: at least one is needed")
}

/// The numbers of passes over an image for a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Passes {
    /// Passes before the clock starts.
    before: u32,
    /// Visits of each part.
    visits: u32,
    /// Passes over a part in each visit.
    in_a_row: u32,
}

impl Passes {
    /// Calculates the numbers for an image, if one pass over all its parts takes `time`.
    fn for_one_of(time: Duration, parts: usize) -> Self {
        let times = |wanted: Duration, time: f64| {
            (wanted.as_secs_f64() / time).ceil().clamp(1.0, MAX_PASSES) as u32
        };
        // A second pass over the same part would read it from the caches.
        let in_a_row = if parts > 1 { 1 } else { times(PIECE, time.as_secs_f64()) };
        let visits = times(SAMPLE, time.as_secs_f64() * f64::from(in_a_row));
        Self { before: u32::from(time < SHORT), visits, in_a_row }
    }
}

fn print_progress(phase: &str, step: &str, started: Instant) {
    eprintln!("  {phase}, {step}: {:.1} s", started.elapsed().as_secs_f64());
}

/// Takes a sample, and returns its pieces.
fn sample(contenders: &mut [Named], job: &Job<'_>, passes: Passes) -> Result<Vec<Piece>> {
    let Some((name, contender)) = contenders.get_mut(job.contender) else {
        bail!("the job's contender {} does not exist", job.contender);
    };
    pieces(contender.as_mut(), job, passes).with_context(|| name.clone())
}

fn pieces(contender: &mut dyn Contender, job: &Job<'_>, passes: Passes) -> Result<Vec<Piece>> {
    contender.prepare(job.image, job.memory)?;
    for _ in 0..passes.before {
        expect_unchanged(contender.run(job.image, job.memory)?)?;
    }
    let mut pieces = Vec::new();
    let mut before = CoreState::measure();
    for _ in 0..passes.visits {
        for part in 0..contender.parts(job.image) {
            let (bytes, seconds) = piece(contender, job, part, passes.in_a_row)?;
            let after = CoreState::measure();
            pieces.push(Piece::between(before, after, bytes, seconds));
            before = after;
        }
    }
    Ok(pieces)
}

/// Verifies a part `times` times, and returns the bytes and the seconds.
fn piece(
    contender: &mut dyn Contender,
    job: &Job<'_>,
    part: usize,
    times: u32,
) -> Result<(u64, f64)> {
    let started = clock::now();
    let mut overhead = Duration::ZERO;
    let mut all_bytes = 0;
    for _ in 0..times {
        let (verdict, bytes) = contender.run_part(job.image, job.memory, part)?;
        expect_unchanged(verdict)?;
        all_bytes += bytes as u64;
        overhead += contender.overhead();
    }
    let all = clock::now() - started;
    let seconds = all.saturating_sub(overhead).as_secs_f64();
    ensure!(
        seconds > 0.0,
        "the overhead, {overhead:?}, is not less than the measured time, {all:?}"
    );
    Ok((all_bytes, seconds))
}

fn expect_unchanged(verdict: Verdict) -> Result<()> {
    ensure!(verdict == Verdict::Intact, "reports an intact image as corrupted");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs for a millisecond, and returns a fixed verdict.
    struct Idler {
        finds: Verdict,
        /// The share of its time that is overhead, in percent.
        overhead: u32,
        took: Duration,
    }

    impl Contender for Idler {
        fn run(&mut self, _: &Image, _: &[u8]) -> Result<Verdict> {
            let started = clock::now();
            while clock::now() - started < Duration::from_millis(1) {}
            self.took = clock::now() - started;
            Ok(self.finds)
        }

        fn overhead(&self) -> Duration {
            self.took * self.overhead / 100
        }
    }

    fn one(finds: Verdict, rounds: usize) -> Result<Vec<Figures>> {
        with(Idler { finds, overhead: 0, took: Duration::ZERO }, rounds)
    }

    fn with(idler: Idler, rounds: usize) -> Result<Vec<Figures>> {
        let memory = [0; 1000];
        let image = Image::split(&memory, 1000, 1)?;
        let mut contenders: [Named; 1] = [("idler".into(), Box::new(idler))];
        let job = Job { contender: 0, image: &image, memory: &memory };
        measure("test", &mut contenders, &[job], rounds)
    }

    #[test]
    fn speed_of_a_thousand_bytes_a_millisecond() {
        let figures = one(Verdict::Intact, 1).unwrap();
        assert_eq!(figures.len(), 1);
        assert!(figures[0].gb_per_s > 0.0 && figures[0].gb_per_s <= 0.001, "{figures:?}");
    }

    #[test]
    fn short_jobs_have_more_passes_and_one_before() {
        let passes = |microseconds, parts| {
            let passes = Passes::for_one_of(Duration::from_micros(microseconds), parts);
            (passes.before, passes.visits, passes.in_a_row)
        };
        assert_eq!(passes(0, 1), (1, 1000, 1000));
        assert_eq!(passes(100, 1), (1, 20, 10));
        assert_eq!(passes(1000, 1), (1, 20, 1));
        assert_eq!(passes(100_000, 1), (1, 1, 1));
        assert_eq!(passes(10_000, 80), (1, 2, 1));
        assert_eq!(passes(600_000, 1), (0, 1, 1));
    }

    #[test]
    fn overhead_is_subtracted() {
        let with_overhead =
            |overhead| with(Idler { finds: Verdict::Intact, overhead, took: Duration::ZERO }, 3);
        let speed = |overhead| with_overhead(overhead).unwrap()[0].gb_per_s;
        let (slow, fast) = (speed(0), speed(90));
        assert!(fast > 2.0 * slow, "{fast} and {slow}");
        let error = format!("{:#}", with_overhead(1000).unwrap_err());
        assert!(error.contains("is not less than the measured time"), "{error}");
    }

    #[test]
    fn rejects_a_wrong_verdict() {
        let error = format!("{:#}", one(Verdict::Corrupted, 1).unwrap_err());
        assert_eq!(error, "idler: reports an intact image as corrupted");
    }

    #[test]
    fn rejects_zero_rounds() {
        assert!(one(Verdict::Intact, 0).is_err());
    }
}

//! Rounds: each measures everything once, so that whatever slows the machine down for a while slows all down.

use crate::clock;
use crate::contender::{Contender, Verdict};
use crate::figures::{Figures, Sample};
use crate::image::Image;
use crate::piece::{Piece, Probe};
use crate::quiet::Most;
use anyhow::{Context, Result, bail, ensure};
use std::time::{Duration, Instant};

/// A sample takes at least about as long; an image that is done sooner is gone over several times.
const SAMPLE: Duration = Duration::from_millis(20);

/// So does a piece of it, but for parts: short enough to be done between two times that the core's other thread is at work.
const PIECE: Duration = Duration::from_millis(1);

/// Nothing is done more often than this at a time: the fastest row takes 3 µs.
const MOST: f64 = 1e3;

/// What takes less is done once more before each sample: memory that nobody has used for the length of a round may be slow
/// to come back, above all in a virtual machine, and small images belong in the caches.
const SHORT: Duration = Duration::from_millis(500);

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
        let once = Passes { before: 0, visits: 1, in_a_row: 1 };
        let pieces = sample(contenders, job, once)?;
        let all = pieces.iter().map(|piece| piece.seconds).sum();
        passes.push(Passes::for_one_of(Duration::from_secs_f64(all), pieces.len()));
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
    let most = Most::of(samples.iter().flatten().flatten());
    let figures = samples.iter().map(|samples| {
        let pieces = samples.concat();
        let samples: Vec<Sample> = samples.iter().map(|pieces| most.sample(pieces)).collect();
        Figures::of(&samples, &pieces)
    });
    figures.collect::<Option<_>>().context("there must be a round at least")
}

/// How many times an image is gone over for a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Passes {
    /// Before the clock starts.
    before: u32,
    /// Visits of each part.
    visits: u32,
    /// How many times each part is gone over in a visit.
    in_a_row: u32,
}

impl Passes {
    /// Where one pass over all parts takes as long.
    fn for_one_of(time: Duration, parts: usize) -> Self {
        let times = |wanted: Duration, time: f64| {
            (wanted.as_secs_f64() / time).ceil().clamp(1.0, MOST) as u32
        };
        // A part in a row would come out of the caches from the second time on.
        let in_a_row = if parts > 1 { 1 } else { times(PIECE, time.as_secs_f64()) };
        let visits = times(SAMPLE, time.as_secs_f64() * f64::from(in_a_row));
        Self { before: u32::from(time < SHORT), visits, in_a_row }
    }
}

fn say(what: &str, part: &str, started: Instant) {
    eprintln!("  {what}, {part}: {:.1} s", started.elapsed().as_secs_f64());
}

/// The pieces of a sample.
fn sample(contenders: &mut [Named], job: &Job<'_>, passes: Passes) -> Result<Vec<Piece>> {
    let Some((name, contender)) = contenders.get_mut(job.contender) else {
        bail!("there is no contender {}", job.contender);
    };
    pieces(contender.as_mut(), job, passes).with_context(|| name.clone())
}

fn pieces(contender: &mut dyn Contender, job: &Job<'_>, passes: Passes) -> Result<Vec<Piece>> {
    contender.prepare(job.image, job.memory)?;
    for _ in 0..passes.before {
        expect_unchanged(contender.run(job.image, job.memory)?)?;
    }
    let mut pieces = Vec::new();
    let mut before = Probe::take();
    for _ in 0..passes.visits {
        for part in 0..contender.parts(job.image) {
            let (bytes, seconds) = piece(contender, job, part, passes.in_a_row)?;
            let after = Probe::take();
            pieces.push(Piece::between(before, after, bytes, seconds));
            before = after;
        }
    }
    Ok(pieces)
}

/// Goes over a part so many times: the bytes, and the seconds.
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
    ensure!(seconds > 0.0, "of {all:?}, {overhead:?} are said to be overhead");
    Ok((all_bytes, seconds))
}

fn expect_unchanged(verdict: Verdict) -> Result<()> {
    ensure!(verdict == Verdict::Unchanged, "it found an image changed that was not");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Works for a millisecond, and finds what it is told to find.
    struct Idler {
        finds: Verdict,
        /// How much of its time is overhead, in percent.
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
    fn a_thousand_bytes_a_millisecond_are_at_most_a_megabyte_a_second() {
        let figures = one(Verdict::Unchanged, 1).unwrap();
        assert_eq!(figures.len(), 1);
        assert!(figures[0].gb_per_s > 0.0 && figures[0].gb_per_s <= 0.001, "{figures:?}");
    }

    #[test]
    fn what_is_short_is_done_more_often_and_once_more_before() {
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
    fn overhead_is_taken_off() {
        let with_overhead =
            |overhead| with(Idler { finds: Verdict::Unchanged, overhead, took: Duration::ZERO }, 3);
        let speed = |overhead| with_overhead(overhead).unwrap()[0].gb_per_s;
        let (slow, fast) = (speed(0), speed(90));
        assert!(fast > 2.0 * slow, "{fast} and {slow}");
        let error = format!("{:#}", with_overhead(1000).unwrap_err());
        assert!(error.contains("are said to be overhead"), "{error}");
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

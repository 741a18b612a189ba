//! The phases of a run: figures in memory, in the cache, and for all sizes.

use crate::contender::Candidate;
use crate::image::Image;
use crate::measure::{Job, Named, measure};
use crate::report::{Missing, Report, Row, Size};
use crate::rows::{Content, ROWS, is_cached, is_sized, supports_segments};
use crate::{check, memory};
use anyhow::{Context, Result};

const MIB: usize = 1 << 20;

/// The size of the cache-resident image, in bytes. It fits in the second-level cache of every processor of the last ten
/// years.
const CACHED: usize = 256 << 10;

/// The size of the memory-resident image, in bytes, which is larger than any cache.
const RESIDENT: usize = 256 * MIB;

/// The sizes in one segment, in bytes.
const SIZES: [usize; 6] = [MIB, 4 * MIB, 16 * MIB, 64 * MIB, 256 * MIB, 1024 * MIB];

/// The size of the images with several segments, in bytes, and their numbers of segments. [`SIZES`] contains this size
/// in one segment.
const SPLIT: usize = 64 * MIB;
const SEGMENTS: [usize; 5] = [2, 4, 8, 15, 16];

/// An image, and its memory.
type Loaded<'a> = (&'a Image, &'a [u8]);

/// Checks all candidates and measures each `rounds` times. A candidate without a contender is in the report with the
/// reason. `crash_image` is the image of a real kernel.
///
/// # Errors
///
/// Returns an error if a contender gives a wrong verdict, or if there is not enough memory.
pub fn run(
    cpu: String,
    candidates: Vec<Candidate>,
    crash_image: Loaded<'_>,
    rounds: usize,
) -> Result<Report> {
    let (mut contenders, missing) = split(candidates);
    for (name, contender) in &mut contenders {
        check::check(contender.as_mut(), Content::of(name)).with_context(|| name.clone())?;
    }
    eprintln!("  {} contenders passed the check; filling 1.3 GiB of memory", contenders.len());

    let random = memory::random(SIZES[SIZES.len() - 1])?;
    let zeros = memory::zeros(RESIDENT)?;
    let mut report = Report { cpu, rounds, missing, ..Report::default() };
    report.rows = resident(&mut contenders, &random, &zeros, crash_image, rounds)?;
    report.cache_rows = cached(&mut contenders, &random, &zeros, rounds)?;
    report.sizes = sizes(&mut contenders, &random, rounds)?;
    Ok(report)
}

/// Returns the contenders in the order of the rows, and the rows without a contender.
fn split(candidates: Vec<Candidate>) -> (Vec<Named>, Vec<Missing>) {
    let mut contenders = Vec::new();
    let mut missing = Vec::new();
    for Candidate { name, contender } in candidates {
        match contender {
            Ok(contender) => contenders.push((name, contender)),
            Err(error) => missing.push(Missing { name, why: format!("{error:#}") }),
        }
    }
    for name in ROWS {
        if contenders.iter().all(|known| known.0 != name)
            && missing.iter().all(|known| known.name != name)
        {
            missing.push(Missing { name: name.to_owned(), why: "the row has no contender".into() });
        }
    }
    let place = |name: &str| ROWS.iter().position(|row| *row == name).unwrap_or(ROWS.len());
    contenders.sort_by_key(|(name, _)| place(name));
    missing.sort_by_key(|row| place(&row.name));
    (contenders, missing)
}

fn resident(
    contenders: &mut [Named],
    random: &[u8],
    zeros: &[u8],
    crash_image: Loaded<'_>,
    rounds: usize,
) -> Result<Vec<Row>> {
    let random = (Image::split(random, RESIDENT, 1)?, &random[..RESIDENT]);
    let zeros = (Image::zeros(zeros)?, zeros);
    let choose = |name: &str| match Content::of(name) {
        Content::Random => Some((&random.0, random.1)),
        Content::Zeros => Some((&zeros.0, zeros.1)),
        Content::CrashImage => Some(crash_image),
    };
    rows("memory", contenders, choose, rounds)
}

fn cached(
    contenders: &mut [Named],
    random: &[u8],
    zeros: &[u8],
    rounds: usize,
) -> Result<Vec<Row>> {
    let (random, zeros) = (&random[..CACHED], &zeros[..CACHED]);
    let random = (Image::cached(random)?, random);
    let zeros = (Image::zeros(zeros)?, zeros);
    let choose = |name: &str| match Content::of(name) {
        _ if !is_cached(name) => None,
        Content::Zeros => Some((&zeros.0, zeros.1)),
        Content::Random | Content::CrashImage => Some((&random.0, random.1)),
    };
    rows("cache", contenders, choose, rounds)
}

/// Measures each contender on the image that `choose` returns for its row.
fn rows<'a>(
    phase: &str,
    contenders: &mut [Named],
    choose: impl Fn(&str) -> Option<Loaded<'a>>,
    rounds: usize,
) -> Result<Vec<Row>> {
    let job = |(contender, (name, _)): (usize, &Named)| {
        choose(name).map(|(image, memory)| Job { contender, image, memory })
    };
    let jobs: Vec<Job<'_>> = contenders.iter().enumerate().filter_map(job).collect();
    let figures = measure(phase, contenders, &jobs, rounds)?;
    let row =
        |(job, figures): (&Job<'_>, _)| Row { name: contenders[job.contender].0.clone(), figures };
    Ok(jobs.iter().zip(figures).map(row).collect())
}

fn sizes(contenders: &mut [Named], random: &[u8], rounds: usize) -> Result<Vec<Size>> {
    let sizes = SIZES.map(|bytes| (bytes, 1));
    let splits = SEGMENTS.map(|segments| (SPLIT, segments));
    let image = |(bytes, segments)| Image::split(random, bytes, segments);
    let images = sizes.into_iter().chain(splits).map(image).collect::<Result<Vec<_>>>()?;
    let sized = contenders.iter().enumerate().filter(|(_, (name, _))| is_sized(name));
    let jobs: Vec<Job<'_>> = sized
        .flat_map(|(contender, (name, _))| {
            let images =
                images.iter().filter(move |image| supports_segments(name, image.segments().len()));
            images.map(move |image| Job { contender, image, memory: &random[..image.bytes()] })
        })
        .collect();
    let figures = measure("sizes", contenders, &jobs, rounds)?;
    let size = |(job, figures): (&Job<'_>, _)| Size {
        name: contenders[job.contender].0.clone(),
        bytes: job.image.bytes(),
        segments: job.image.segments().len(),
        figures,
    };
    Ok(jobs.iter().zip(figures).map(size).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_read::MemoryRead;
    use anyhow::anyhow;

    #[test]
    fn every_row_has_a_contender_or_a_reason() {
        let (contenders, missing) = split(vec![
            Candidate::new("mine", Ok(MemoryRead::default())),
            Candidate::new("memory-read", Ok(MemoryRead::default())),
            Candidate::new("openssl", Err::<MemoryRead, _>(anyhow!("inner").context("outer"))),
        ]);
        let names: Vec<&str> = contenders.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["memory-read", "mine"]);
        let why =
            |name: &str| missing.iter().find(|row| row.name == name).map(|row| row.why.as_str());
        assert_eq!(why("openssl"), Some("outer: inner"));
        assert_eq!(why("sha2"), Some("the row has no contender"));
        assert_eq!(why("memory-read"), None);
        assert_eq!(missing.len(), ROWS.len() - 1);
    }

    #[test]
    fn crash_images_are_not_measured_in_the_cache() {
        let memory = vec![1; CACHED];
        let zeros = vec![0; CACHED];
        let contender = || Box::new(MemoryRead::default()) as Box<_>;
        let mut contenders: Vec<Named> =
            vec![("memory-read".into(), contender()), ("crash-image-stock".into(), contender())];
        let rows = cached(&mut contenders, &memory, &zeros, 1).unwrap();
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["memory-read"]);
    }
}

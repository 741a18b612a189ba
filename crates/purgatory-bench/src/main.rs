//! `purgatory-bench`, the program that measures. `cargo xtask bench` starts it.

use anyhow::{Context, Result};
use purgatory_bench::blob::contenders;
use purgatory_bench::blob::crash_image::CrashImage;
use purgatory_bench::contender::Candidate;
use purgatory_bench::image::Image;
use purgatory_bench::input::{Input, Sources};
use purgatory_bench::memory_read::MemoryRead;
use purgatory_bench::rows::ZERO_SCAN;
use purgatory_bench::zero_scan::ZeroScan;
use purgatory_bench::{libraries, memory, phases, pictures, processor, table};
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

/// A typical command line of a capture kernel.
const COMMAND_LINE: &str = "root=/dev/vda1 ro console=ttyS0 irqpoll nr_cpus=1 reset_devices";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let file = env::args_os()
        .nth(1)
        .context("no input file: start the bench with `cargo xtask bench`, which writes one")?;
    let input = Input::read(Path::new(&file))?;
    let cpu = processor::name()?;
    let number = processor::pin()?;
    eprintln!("  measuring on CPU {number}, {cpu}");
    let sources = &input.sources;
    let crash_image = crash_image(sources)?;
    let mut memory = memory::zeros(crash_image.bytes())?;
    crash_image.load(&mut memory)?;
    let image = Image::of(&memory, crash_image.segments())?;

    let mut report = phases::run(cpu, candidates(sources), (&image, &memory), input.rounds)?;
    report.instructions = input.instructions;
    report.loading = input.loading;
    print!("{}", table::text(&report));
    if let Some(path) = &input.json {
        fs::write(path, report.json()?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    input.pictures.as_ref().map_or(Ok(()), |directory| pictures::draw(&report, directory))
}

/// Reads the newest kernel and its initrd, and makes their crash image.
fn crash_image(sources: &Sources) -> Result<CrashImage> {
    let kernel = &sources.kernels.last().context("the input file names no kernel")?.file;
    let read =
        |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let (kernel, initrd) = (read(kernel)?, read(&sources.initrd)?);
    let crash_image = CrashImage::of(&kernel, &initrd, COMMAND_LINE)?;
    let (kernel, initrd, all) = (kernel.len(), initrd.len(), crash_image.bytes());
    eprintln!(
        "  crash image: {all} bytes in memory; files: kernel {kernel} bytes, initrd {initrd} bytes"
    );
    Ok(crash_image)
}

/// Returns all candidates, with a contender or the reason why there is none.
fn candidates(sources: &Sources) -> Vec<Candidate> {
    let mut all = contenders::all(sources);
    all.extend(libraries::candidates(sources));
    all.push(Candidate::new("memory-read", Ok(MemoryRead::default())));
    all.push(Candidate::new(ZERO_SCAN, Ok(ZeroScan)));
    all
}

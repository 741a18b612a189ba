//! The program that measures; `cargo xtask bench` starts it.

use anyhow::{Context, Result};
use clap::Parser;
use purgatory_bench::blob::contenders;
use purgatory_bench::blob::crash_image::CrashImage;
use purgatory_bench::contender::{Candidate, Contender};
use purgatory_bench::given::{Counted, Loading};
use purgatory_bench::image::Image;
use purgatory_bench::memory_read::MemoryRead;
use purgatory_bench::rows::ZERO_SCAN;
use purgatory_bench::sources::Sources;
use purgatory_bench::zero_scan::ZeroScan;
use purgatory_bench::{libraries, memory, phases, pictures, processor, table};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a crash kernel is told, more or less: its length does not matter.
const COMMAND_LINE: &str = "root=/dev/vda1 ro console=ttyS0 irqpoll nr_cpus=1 reset_devices";

/// Measures purgatories and SHA-256 libraries, side by side.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    sources: Sources,
    /// Samples of each figure.
    #[arg(long)]
    rounds: usize,
    /// Instructions that were counted of a row: NAME=PER_BYTE, or NAME=PER_BYTE,AROUND.
    #[arg(long = "instructions", value_name = "COUNTS")]
    instructions: Vec<Counted>,
    /// What a loader took to load a crash kernel: NAME=SECONDS.
    #[arg(long = "loading", value_name = "TIME")]
    loading: Vec<Loading>,
    /// Write the figures to this file too, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw benchmark.svg and benchmark-flat.svg in this folder.
    #[arg(long, value_name = "FOLDER")]
    pictures: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let cpu = processor::name()?;
    let number = processor::pin()?;
    eprintln!("  on processor {number}, {cpu}");
    let sources = &arguments.sources;
    let crash_image = crash_image(sources)?;
    let mut memory = memory::zeros(crash_image.bytes())?;
    crash_image.load(&mut memory)?;
    let image = Image::of(&memory, crash_image.segments())?;

    let mut report = phases::run(cpu, candidates(sources), (&image, &memory), arguments.rounds)?;
    report.instructions.clone_from(&arguments.instructions);
    report.loading.clone_from(&arguments.loading);
    print!("{}", table::text(&report));
    if let Some(path) = &arguments.json {
        fs::write(path, report.json()?).with_context(|| path.display().to_string())?;
    }
    arguments.pictures.as_ref().map_or(Ok(()), |folder| pictures::draw(&report, folder))
}

/// The newest kernel with its initrd.
fn crash_image(sources: &Sources) -> Result<CrashImage> {
    let kernel = &sources.kernels.last().context("no kernel was named")?.file;
    let read = |path: &Path| fs::read(path).with_context(|| path.display().to_string());
    let (kernel, initrd) = (read(kernel)?, read(&sources.initrd)?);
    let crash_image = CrashImage::of(&kernel, &initrd, COMMAND_LINE)?;
    let (kernel, initrd, all) = (kernel.len(), initrd.len(), crash_image.bytes());
    eprintln!("  crash image: kernel {kernel} bytes, initrd {initrd} bytes, in memory {all} bytes");
    Ok(crash_image)
}

/// Whoever can be measured, and who cannot.
fn candidates(sources: &Sources) -> Vec<Candidate> {
    let mut all = contenders::all(sources);
    all.extend(libraries::candidates(sources));
    let own: [(&str, Box<dyn Contender>); 2] =
        [("memory-read", Box::new(MemoryRead::default())), (ZERO_SCAN, Box::new(ZeroScan))];
    let candidate = |(name, contender): (&str, _)| Candidate {
        name: name.to_owned(),
        contender: Ok(contender),
    };
    all.extend(own.map(candidate));
    all
}

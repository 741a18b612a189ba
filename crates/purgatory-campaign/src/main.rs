//! `purgatory-campaign`: runs a campaign, shows one fault, or works for a campaign.

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use purgatory_campaign::child;
use purgatory_campaign::fault::Fault;
use purgatory_campaign::image::Image;
use purgatory_campaign::options::Faults;
use purgatory_campaign::outcome::Outcome;
use purgatory_campaign::snapshot::Snapshot;
use purgatory_campaign::tally::{Record, Tally, table};
use purgatory_runner::object;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;

/// Put random faults into loaded purgatories, and classify how each run ends
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run faults, and print a table
    Run(Campaign),
    /// Show one fault, and how its run ends
    Replay {
        /// The purgatory: an object, or a bzImage or kexec with the purgatory inside
        object: PathBuf,
        /// The seed
        seed: u64,
        /// The index of the fault
        index: u64,
    },
    /// Write the memory before a run to a file, and print the rest of the run as JSON
    #[command(hide = true)]
    Snapshot { object: PathBuf, seed: u64, index: u64, memory: PathBuf },
    /// Run every STEPth fault, and print a record for each
    #[command(hide = true)]
    Work { object: PathBuf, seed: u64, first: u64, end: u64, step: usize },
}

/// A campaign.
#[derive(clap::Args)]
struct Campaign {
    #[command(flatten)]
    faults: Faults,
    /// The purgatories: a name for the table, and the object, or a bzImage or kexec with the purgatory inside
    #[arg(value_name = "NAME=FILE", required = true, value_parser = blob)]
    blobs: Vec<(String, PathBuf)>,
}

fn blob(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("not of the form NAME=FILE")?;
    Ok((name.to_owned(), path.into()))
}

fn main() -> ExitCode {
    match Arguments::parse().command.carry_out() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Task {
    fn carry_out(&self) -> Result<()> {
        match self {
            Self::Run(campaign) => campaign.run(),
            Self::Replay { object, seed, index } => replay(object, *seed, *index),
            Self::Snapshot { object, seed, index, memory } => {
                snapshot(object, *seed, *index, memory)
            }
            Self::Work { object, seed, first, end, step } => {
                work(object, *seed, (*first..*end).step_by(*step))
            }
        }
    }
}

impl Campaign {
    fn run(&self) -> Result<()> {
        let mut tallies = Vec::new();
        for (name, object) in &self.blobs {
            let tally = self.tally(name, object);
            tallies.push(tally.with_context(|| format!("cannot run the campaign of {name}"))?);
        }
        print!("{}", table(&tallies));
        for tally in &tallies {
            for record in &tally.notable {
                if record.outcome.is_wrong_start() {
                    println!("wrong start: {} seed {} {record:?}", tally.blob, self.faults.seed);
                }
            }
        }
        if let Some(file) = &self.faults.json {
            let text = serde_json::to_string_pretty(&tallies)?;
            fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
        let wrong: u64 = tallies.iter().map(Tally::wrong_starts).sum();
        ensure!(wrong == 0, "{wrong} faults started a corrupted or modified kernel");
        Ok(())
    }

    /// Runs the faults in one process for each processor.
    fn tally(&self, name: &str, object: &Path) -> Result<Tally> {
        let jobs = thread::available_parallelism().map_or(1, usize::from);
        let end = self.faults.first + self.faults.count;
        let bar = ProgressBar::new(self.faults.count).with_message(name.to_owned());
        bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}")?);
        let mut workers = Vec::new();
        for job in 0..jobs {
            workers.push(self.start(object, self.faults.first + job as u64, end, jobs)?);
        }
        let (sender, records) = mpsc::channel();
        for worker in &mut workers {
            let output = worker.stdout.take().context("no output")?;
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(output).lines() {
                    let record = line.map_err(anyhow::Error::from);
                    let record = record.and_then(|line| Ok(serde_json::from_str(&line)?));
                    if sender.send(record).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut tally = Tally::new(name, self.faults.seed, self.faults.first);
        for record in records {
            tally.add(record?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        for mut worker in workers {
            let status = worker.wait()?;
            ensure!(status.success(), "a worker ended with {status}");
        }
        tally.notable.sort_by_key(|record| record.index);
        Ok(tally)
    }

    fn start(&self, object: &Path, first: u64, end: u64, step: usize) -> Result<Child> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("work").arg(object);
        command.args([self.faults.seed, first, end, step as u64].map(|number| number.to_string()));
        command.stdout(Stdio::piped()).spawn().context("cannot start a worker")
    }
}

fn load(object: &Path) -> Result<Image> {
    let mut image = Image::load(&object::of_file(object)?)?;
    let intact = child::run(&mut image, None)?;
    if intact.outcome != Outcome::Started {
        bail!("the image without a fault is not started: {:?}\n{}", intact.outcome, intact.details);
    }
    Ok(image)
}

fn replay(object: &Path, seed: u64, index: u64) -> Result<()> {
    let mut image = load(object)?;
    let fault = Fault::choose(&mut image, seed, index)?;
    println!("{fault}");
    for change in &fault.changes {
        let end = change.address + change.bytes.len() as u64;
        let old = image.ram.bytes(change.address..end)?;
        let shown = old.len().min(64);
        println!(
            "{:#x}: {:02x?}\n    now {:02x?}",
            change.address,
            &old[..shown],
            &change.bytes[..shown]
        );
    }
    let run = child::run(&mut image, Some(&fault))?;
    println!("{:?}\n{}", run.outcome, run.details);
    Ok(())
}

fn snapshot(object: &Path, seed: u64, index: u64, memory: &Path) -> Result<()> {
    let mut image = load(object)?;
    let fault = Fault::choose(&mut image, seed, index)?;
    let (snapshot, bytes) = Snapshot::of(&mut image, &fault)?;
    fs::write(memory, bytes).with_context(|| format!("cannot write {}", memory.display()))?;
    println!("{}", serde_json::to_string(&snapshot)?);
    Ok(())
}

fn work(object: &Path, seed: u64, indices: impl Iterator<Item = u64>) -> Result<()> {
    let mut image = load(object)?;
    let mut output = io::stdout().lock();
    for index in indices {
        let fault = Fault::choose(&mut image, seed, index)?;
        let run = child::run(&mut image, Some(&fault))
            .with_context(|| format!("cannot run fault {index} of seed {seed}"))?;
        let Fault { target, kind, .. } = fault;
        let record = Record { index, target, kind, outcome: run.outcome };
        serde_json::to_writer(&mut output, &record)?;
        output.write_all(b"\n")?;
    }
    Ok(())
}

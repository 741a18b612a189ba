//! `cargo xtask prove`: runs a long campaign in steps that are kept, and writes docs/proof.md.

use crate::campaign;
use crate::digest::sha256;
use crate::workspace::root;
use crate::{build, progress};
use anyhow::{Context, Result, ensure};
use purgatory_abi::Loader;
use purgatory_campaign::tally::{Tally, table};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The options of `cargo xtask prove`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The seed of the faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of faults for the native purgatory
    #[arg(long, default_value_t = 1_000_000)]
    native: u64,
    /// The number of faults for each of our drop-ins
    #[arg(long, default_value_t = 100_000)]
    drop_ins: u64,
    /// The number of faults for each stock purgatory
    #[arg(long, default_value_t = 10_000)]
    stock: u64,
}

/// The number of faults of a step. An interrupted run continues after the last complete step.
const STEP: u64 = 2_000;

/// The text before the table.
const HEAD: &str = "\
# Random faults in purgatories

`cargo xtask prove` puts random faults into the memory of loaded purgatories and images, one in each run, and runs the
purgatory in a process ([ARCHITECTURE.md](../ARCHITECTURE.md#testing)). It writes this page. A fault is a change of a
bit, a byte, a word, a run of bytes, a page (all zeros, all ones, swapped with another page) or a shifted block, in
payloads, zero padding, digests, tables, registers, code and its copies, zeroed memory or elfcorehdr. `cargo xtask
campaign replay BLOB SEED INDEX` shows one of them.

A start counts as right only if all registers, control registers and digested bytes are as loaded, except the bytes to
which kexec-tools' purgatories copy low memory. A report counts as exact only if status, segment, chunk and digests are.
The stock purgatories report nothing here: they spin after a digest mismatch.

";

/// Runs the faults that no earlier run has run, and writes the table.
///
/// # Errors
///
/// Returns an error if a build, a download or a run fails, or if a fault started a corrupted kernel with one of our
/// purgatories.
pub(crate) fn run(options: &Options) -> Result<()> {
    build::run(&build::Options::default())?;
    progress::begin("build the campaign, fetch stock purgatories");
    let program = campaign::program()?;
    let mut tallies = Vec::new();
    for (name, file) in campaign::all()? {
        let faults = match Loader::ALL.into_iter().find(|loader| loader.name() == name) {
            Some(Loader::Native) => options.native,
            Some(_) => options.drop_ins,
            None => options.stock,
        };
        progress::begin(&format!("{name}: {faults} faults"));
        tallies.push(tally(&program, &name, &file, options.seed, faults)?);
    }
    let mut text = HEAD.to_owned();
    text += &table(&tallies);
    let _ = writeln!(text, "\nSeed {}, index 0 to the number of faults.", options.seed);
    let page = root().join("docs/proof.md");
    fs::write(&page, text).with_context(|| format!("cannot write {}", page.display()))?;
    println!("  {}", page.display());
    let ours = tallies.iter().filter(|tally| !tally.blob.starts_with("stock-"));
    let corrupted: u64 = ours.map(Tally::corrupted_starts).sum();
    ensure!(corrupted == 0, "{corrupted} faults started a corrupted kernel");
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Returns the numbers of all steps, and runs those that are missing.
fn tally(program: &Path, name: &str, file: &Path, seed: u64, faults: u64) -> Result<Tally> {
    let directory = root().join("target/proof");
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    let digest = sha256(&[read(file)?, read(program)?].concat());
    let mut all = Tally::new(name, seed, 0);
    for first in (0..faults).step_by(STEP as usize) {
        let step = STEP.min(faults - first);
        let kept = directory.join(format!("{name}-{}-{seed}-{first}-{step}.json", &digest[..16]));
        if !kept.exists() {
            let unfinished: PathBuf = kept.with_extension("unfinished");
            let mut command = Command::new(program);
            command.args(["run", "--seed", &seed.to_string(), "--first", &first.to_string()]);
            command.args(["--faults", &step.to_string(), "--json"]).arg(&unfinished);
            let output = command.arg(format!("{name}={}", file.display())).output()?;
            // The program also fails if it finds a wrong start, but then it has written its numbers.
            fs::rename(&unfinished, &kept).with_context(|| {
                let errors = String::from_utf8_lossy(&output.stderr);
                format!("the campaign of {name} from fault {first} has failed: {errors}")
            })?;
            println!("  {name}: {} of {faults}", first + step);
        }
        let steps: Vec<Tally> = serde_json::from_slice(&read(&kept)?)
            .with_context(|| format!("cannot read {}", kept.display()))?;
        steps.iter().for_each(|step| all.merge(step));
    }
    Ok(all)
}

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
use std::path::Path;
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
campaign replay BLOB SEED INDEX` shows one of them. `cargo xtask test` repeats a sample in QEMU, where it must end in
the same way.

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

/// Returns the numbers of all faults of a purgatory, and runs the steps that are missing.
fn tally(program: &Path, name: &str, file: &Path, seed: u64, faults: u64) -> Result<Tally> {
    let directory = root().join("target/proof");
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    let digest = sha256(&[read(file)?, read(program)?].concat());
    let steps = Steps { directory: &directory, digest: &digest[..16], name, seed };
    steps.tally(faults, |first, step, output| {
        let mut command = Command::new(program);
        command.args(["run", "--seed", &seed.to_string(), "--first", &first.to_string()]);
        command.args(["--faults", &step.to_string(), "--json"]).arg(output);
        let ended = command.arg(format!("{name}={}", file.display())).output()?;
        println!("  {name}: {} of {faults}", first + step);
        Ok(String::from_utf8_lossy(&ended.stderr).into_owned())
    })
}

/// The steps of one purgatory with one seed, each in a file of the directory.
struct Steps<'a> {
    directory: &'a Path,
    /// Of the purgatory and the program: a change of either makes other steps.
    digest: &'a str,
    name: &'a str,
    seed: u64,
}

impl Steps<'_> {
    /// Returns the numbers of all steps. `run` runs a missing one: it gets the index of its first fault, the number of its
    /// faults and the file for its numbers, and returns its error output.
    fn tally(
        &self,
        faults: u64,
        mut run: impl FnMut(u64, u64, &Path) -> Result<String>,
    ) -> Result<Tally> {
        let Self { directory, digest, name, seed } = self;
        let mut all = Tally::new(name, *seed, 0);
        for first in (0..faults).step_by(STEP as usize) {
            let step = STEP.min(faults - first);
            let kept = directory.join(format!("{name}-{digest}-{seed}-{first}-{step}.json"));
            if !kept.exists() {
                let unfinished = kept.with_extension("unfinished");
                let errors = run(first, step, &unfinished)?;
                // The program also fails if it finds a wrong start, but then it has written its numbers.
                fs::rename(&unfinished, &kept).with_context(|| {
                    format!("the campaign of {name} from fault {first} has failed: {errors}")
                })?;
            }
            let steps: Vec<Tally> = serde_json::from_slice(&read(&kept)?)
                .with_context(|| format!("cannot read {}", kept.display()))?;
            steps.iter().for_each(|step| all.merge(step));
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    /// Runs the missing steps, and returns their first faults and the number of all faults.
    fn run(directory: &Path, digest: &str, faults: u64) -> Result<(Vec<u64>, u64)> {
        let steps = Steps { directory, digest, name: "linux", seed: 7 };
        let mut ran = Vec::new();
        let all = steps.tally(faults, |first, step, output| {
            ran.push(first);
            let tally = Tally { faults: step, ..Tally::new("linux", 7, first) };
            fs::write(output, serde_json::to_vec(&[tally])?)?;
            Ok(String::new())
        })?;
        Ok((ran, all.faults))
    }

    #[test]
    fn resumes_after_the_last_complete_step() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        assert_eq!(run(directory, "a", 3000).unwrap(), (vec![0, 2000], 3000));
        assert_eq!(run(directory, "a", 3000).unwrap(), (vec![], 3000));
        // The last step was shorter.
        assert_eq!(run(directory, "a", 6000).unwrap(), (vec![2000, 4000], 6000));
        // Another purgatory or program.
        assert_eq!(run(directory, "b", 2000).unwrap(), (vec![0], 2000));
    }

    #[test]
    fn runs_an_interrupted_step_again_and_names_one_that_fails() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let steps = Steps { directory, digest: "a", name: "linux", seed: 7 };
        let interrupted = steps.tally(4000, |first, _, output| {
            fs::write(output, "[")?;
            if first == 0 { bail!("interrupted") } else { Ok(String::new()) }
        });
        assert_eq!(interrupted.unwrap_err().to_string(), "interrupted");
        assert_eq!(run(directory, "a", 4000).unwrap(), (vec![0, 2000], 4000));
        let without_numbers = steps.tally(6000, |_, _, _| Ok("no memory".to_owned()));
        let error = format!("{:#}", without_numbers.unwrap_err());
        assert!(error.starts_with("the campaign of linux from fault 4000 has failed: no memory"));
    }

    #[test]
    fn names_a_step_that_cannot_be_read() {
        let directory = tempfile::tempdir().unwrap();
        let kept = directory.path().join("linux-a-7-0-1000.json");
        fs::write(&kept, "[{").unwrap();
        let error = format!("{:#}", run(directory.path(), "a", 1000).unwrap_err());
        assert!(error.starts_with(&format!("cannot read {}", kept.display())), "{error}");
    }
}

//! `cargo xtask campaign`: puts random faults into loaded purgatories, ours and stock ones, in processes.

use crate::workspace::{self, cargo, root};
use crate::{build, progress};
use anyhow::{Context, Result, bail};
use purgatory_abi::Loader;
use purgatory_campaign::options::Faults;
use qemu_tests::guest::initramfs;
use qemu_tests::kernels;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// The options of `cargo xtask campaign`.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    faults: Faults,
    /// A purgatory; may be given several times. Default: all of them
    ///
    /// linux, kexec-tools and native are ours; stock-6.1 is the purgatory of that kernel, and stock-kexec-2.0.25 that of
    /// that kexec-tools. A path is an object, a bzImage or a kexec.
    #[arg(long, value_name = "NAME|PATH")]
    blob: Vec<String>,
}

#[derive(clap::Subcommand)]
enum Task {
    /// Show one fault, and how its run ends
    Replay {
        /// The purgatory, as for --blob
        blob: String,
        /// The seed
        seed: u64,
        /// The index of the fault
        index: u64,
    },
}

/// The program that runs the faults.
const NAME: &str = "purgatory-campaign";

/// Builds the purgatories, fetches the stock ones, and runs the faults.
///
/// # Errors
///
/// Returns an error if a build or a download fails, or if a fault started a kernel that must not run.
pub(crate) fn run(options: &Options) -> Result<()> {
    build::run(&build::Options::default())?;
    progress::begin("build the campaign, fetch stock purgatories");
    let mut command = Command::new(program()?);
    if let Some(Task::Replay { blob, seed, index }) = &options.task {
        let (_, file) = purgatory(blob)?;
        command.arg("replay").arg(file).args([seed.to_string(), index.to_string()]);
        return workspace::run(&mut command);
    }
    command.arg("run");
    for (name, value) in [
        ("--seed", options.faults.seed),
        ("--first", options.faults.first),
        ("--faults", options.faults.count),
    ] {
        command.arg(name).arg(value.to_string());
    }
    if let Some(file) = &options.faults.json {
        command.arg("--json").arg(file);
    }
    let purgatories = if options.blob.is_empty() {
        all()?
    } else {
        options.blob.iter().map(|blob| purgatory(blob)).collect::<Result<_>>()?
    };
    for (name, file) in purgatories {
        let mut argument = OsString::from(name);
        argument.push("=");
        argument.push(file);
        command.arg(argument);
    }
    progress::begin("run the faults");
    workspace::run(&mut command)
}

pub(crate) fn program() -> Result<PathBuf> {
    let directory = root().join("target/campaign");
    let mut command = cargo();
    command.args(["build", "--quiet", "--release", "--package", NAME, "--target-dir"]);
    workspace::run(command.arg(&directory))?;
    Ok(directory.join("release").join(NAME))
}

/// Returns our purgatories and the stock ones.
pub(crate) fn all() -> Result<Vec<(String, PathBuf)>> {
    let mut purgatories = Vec::from(Loader::ALL.map(ours));
    for kernel in kernels::all()? {
        let unpacked = kernel.unpacked()?;
        purgatories.push((format!("stock-{}", kernel.name), unpacked.vmlinuz));
        let kexec = initramfs::kexec(&unpacked.root)?;
        purgatories.push((format!("stock-kexec-{}", kernel.name), kexec));
    }
    Ok(purgatories)
}

fn ours(loader: Loader) -> (String, PathBuf) {
    (loader.name().to_owned(), root().join("target/purgatory").join(loader.file()))
}

/// Returns the purgatory with this name or path.
fn purgatory(text: &str) -> Result<(String, PathBuf)> {
    if let Some(loader) = Loader::ALL.into_iter().find(|loader| loader.name() == text) {
        return Ok(ours(loader));
    }
    if text.starts_with("stock-") {
        let all = all()?;
        let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(", ");
        let found = all.iter().find(|(name, _)| name == text).cloned();
        return found.with_context(|| format!("there is no purgatory {text}: there are {names}"));
    }
    let path = PathBuf::from(text);
    if !path.exists() {
        bail!(
            "{text} is neither the name of a purgatory nor a file: see cargo xtask campaign --help"
        );
    }
    Ok((text.to_owned(), path))
}

//! `cargo xtask bench`: fetches and builds the purgatories and libraries, and starts `purgatory-bench`, which measures
//! all of them in one process.

mod instructions;

use crate::freestanding::{SEPARATOR, SOFT_SHA256};
use crate::workspace::{self, cargo, root};
use crate::{build, progress};
use anyhow::{Context, Result};
use qemu_tests::guest::initramfs::{self, Initramfs};
use qemu_tests::kernels::{self, Unpacked};
use qemu_tests::packages;
use qemu_tests::stock::loading;
use serde_json::{Value, json, to_value};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Also write the figures to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The number of samples for each figure
    #[arg(long, default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Write pictures of the figures to this directory: benchmark.svg and benchmark-flat.svg
    #[arg(long, value_name = "DIRECTORY")]
    pictures: Option<PathBuf>,
}

/// The program that measures.
const NAME: &str = "purgatory-bench";

/// The packages of the libraries that are measured. They depend on the packages of the libraries themselves, whose
/// names contain a version.
const LIBRARIES: [&str; 2] = ["openssl", "libipsec-mb-dev"];

/// Debian's directory of libraries.
const LIBRARY_DIRECTORY: &str = "usr/lib/x86_64-linux-gnu";

/// Builds the purgatories, fetches the libraries and kernels, and measures.
///
/// # Errors
///
/// Returns an error if a build, a download, a virtual machine or the measurement fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    build::run(&build::Options::default())?;
    progress::begin("build the bench, fetch libraries and stock kernels");
    let directory = root().join("target/bench");
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    let program = program(&directory)?;
    let sources = sources(&directory)?;

    progress::begin("count instructions in the boot shim");
    let instructions = instructions::rows()?;

    progress::begin("time the loading of a capture kernel in a virtual machine");
    let loading = loading_times(options.rounds)?;

    progress::begin("measure");
    let input = json!({
        "sources": sources,
        "rounds": options.rounds,
        "instructions": instructions,
        "loading": loading,
        "json": to_value(&options.json)?,
        "pictures": to_value(&options.pictures)?,
    });
    let file = directory.join("input.json");
    fs::write(&file, input.to_string())
        .with_context(|| format!("cannot write {}", file.display()))?;
    workspace::run(Command::new(program).arg(file))
}

/// Returns the loading times, in the format of the bench's input.
fn loading_times(rounds: u32) -> Result<Vec<Value>> {
    let row = |(name, time): (&str, Duration)| {
        println!("  {name}: {:.2} s", time.as_secs_f64());
        json!({ "name": name, "seconds": time.as_secs_f64() })
    };
    Ok(loading::medians(rounds)?.into_iter().map(row).collect())
}

fn program(directory: &Path) -> Result<PathBuf> {
    let mut command = cargo();
    command
        .args(["build", "--quiet", "--release", "--package", NAME, "--target-dir"])
        .arg(directory);
    workspace::run(&mut command)?;
    Ok(directory.join("release").join(NAME))
}

/// Builds the library of the scalar implementation with the blobs' flags, and returns its path. Its target directory is
/// separate: builds with different flags in one directory rebuild everything each time.
fn scalar(directory: &Path) -> Result<PathBuf> {
    let directory = directory.join("soft");
    let mut command = cargo();
    command.args(["build", "--quiet", "--release", "--package", "purgatory-bench-scalar"]);
    command.arg("--target-dir").arg(&directory);
    command.env("CARGO_ENCODED_RUSTFLAGS", SOFT_SHA256.join(SEPARATOR));
    workspace::run(&mut command)?;
    Ok(directory.join("release/libpurgatory_bench_scalar.so"))
}

/// Returns the files to measure, in the format of the bench's input.
fn sources(directory: &Path) -> Result<Value> {
    let all = kernels::all()?;
    let oldest = all.first().context("there is no stock kernel for this machine")?;
    // Libraries of the oldest suite run on every machine that newer suites run on. The documentation's tables show its
    // kexec.
    let programs = oldest.unpacked()?.root;
    let libraries = packages::unpacked("libraries", &oldest.suite, &LIBRARIES)?;

    let mut kernels = Vec::new();
    let mut newest = None;
    for kernel in &all {
        let unpacked = kernel.unpacked()?;
        println!("  Linux {}", unpacked.release);
        kernels.push(json!({ "version": kernel.name, "file": to_value(&unpacked.vmlinuz)? }));
        newest = Some(unpacked);
    }
    let newest = newest.context("there is no stock kernel for this machine")?;
    Ok(json!({
        "blobs": to_value(root().join("target/purgatory"))?,
        "kernels": kernels,
        "initrd": to_value(initrd(newest, directory)?)?,
        "kexec": to_value(initramfs::kexec(&programs)?)?,
        "scalar": to_value(scalar(directory)?)?,
        "libcrypto": to_value(libraries.join(LIBRARY_DIRECTORY).join("libcrypto.so.3"))?,
        "ipsec_mb": to_value(ipsec_mb(&libraries, directory)?)?,
    }))
}

/// Writes the initrd that the stock runs of this kernel load, and returns its path.
fn initrd(kernel: Unpacked, directory: &Path) -> Result<PathBuf> {
    let path = directory.join("initrd.img");
    let initrd = Initramfs::of(&kernel)?.capture;
    fs::write(&path, initrd).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Compiles ipsec_mb.c with libIPSec_MB's header, and returns the library's path. Rust links with `cc`, so it is
/// installed.
fn ipsec_mb(libraries: &Path, directory: &Path) -> Result<PathBuf> {
    let source = root().join("crates/purgatory-bench/src/libraries/ipsec_mb.c");
    let library = directory.join("libbench_ipsec_mb.so");
    let library_directory = libraries.join(LIBRARY_DIRECTORY);
    let with = |prefix: &str, path: &Path| {
        let mut argument = OsString::from(prefix);
        argument.push(path);
        argument
    };
    let mut command = Command::new("cc");
    command.args(["-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]);
    command.arg(with("-I", &libraries.join("usr/include")));
    command.arg("-o").arg(&library).arg(source);
    command
        .arg(with("-L", &library_directory))
        .arg("-lIPSec_MB")
        .arg(with("-Wl,-rpath,", &library_directory));
    workspace::run(&mut command)?;
    Ok(library)
}

//! `cargo xtask bench`: fetches and builds all that is measured, and starts the one process that measures.

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

/// How it is to be measured, and where the figures go.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write the figures to this file too, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Samples of each figure.
    #[arg(long, default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Draw the figures in this directory: benchmark.svg and benchmark-flat.svg.
    #[arg(long, value_name = "DIRECTORY")]
    pictures: Option<PathBuf>,
}

/// The program that measures.
const NAME: &str = "purgatory-bench";

/// The packages of the libraries that are measured: OpenSSL's program depends on its library, whose name has a version in
/// it, and so does the other one's development package.
const LIBRARIES: [&str; 2] = ["openssl", "libipsec-mb-dev"];

/// Where Debian has libraries.
const LIBRARY_FOLDER: &str = "usr/lib/x86_64-linux-gnu";

/// Builds, fetches, measures.
pub(crate) fn run(options: &Options) -> Result<()> {
    build::run()?;
    progress::begin("the bench, the libraries and the kernels that it measures");
    let directory = root().join("target/bench");
    fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
    let program = program(&directory)?;
    let sources = sources(&directory)?;

    progress::begin("instructions, in the boot shim");
    let instructions = instructions::rows()?;

    progress::begin("loading a capture kernel, in a virtual machine");
    let loading = loading_times(options.rounds)?;

    progress::begin("measuring");
    let given = json!({
        "sources": sources,
        "rounds": options.rounds,
        "instructions": instructions,
        "loading": loading,
        "json": to_value(&options.json)?,
        "pictures": to_value(&options.pictures)?,
    });
    let file = directory.join("given.json");
    fs::write(&file, given.to_string()).with_context(|| file.display().to_string())?;
    workspace::run(Command::new(program).arg(file))
}

/// Returns how long loading takes, as the program that measures reads it.
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

/// The scalar implementation with the blobs' flags, in a target directory of its own: in the same one, they would rebuild everything.
fn scalar(directory: &Path) -> Result<PathBuf> {
    let directory = directory.join("soft");
    let mut command = cargo();
    command.args(["build", "--quiet", "--release", "--package", "purgatory-bench-scalar"]);
    command.arg("--target-dir").arg(&directory);
    command.env("CARGO_ENCODED_RUSTFLAGS", SOFT_SHA256.join(SEPARATOR));
    workspace::run(&mut command)?;
    Ok(directory.join("release/libpurgatory_bench_scalar.so"))
}

/// Returns the files to measure, as the program that measures reads them.
fn sources(directory: &Path) -> Result<Value> {
    let all = kernels::all()?;
    let oldest = all.first().context("no kernel is known for this machine")?;
    // Libraries of the oldest suite run on every machine that the others' run on. Its kexec is the one in the tables.
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
    let newest = newest.context("no kernel is known for this machine")?;
    Ok(json!({
        "blobs": to_value(root().join("target/purgatory"))?,
        "kernels": kernels,
        "initrd": to_value(initrd(newest, directory)?)?,
        "kexec": to_value(initramfs::kexec(&programs)?)?,
        "scalar": to_value(scalar(directory)?)?,
        "libcrypto": to_value(libraries.join(LIBRARY_FOLDER).join("libcrypto.so.3"))?,
        "ipsec_mb": to_value(ipsec_mb(&libraries, directory)?)?,
    }))
}

/// The initrd that the runs of this kernel load with it.
fn initrd(kernel: Unpacked, directory: &Path) -> Result<PathBuf> {
    let path = directory.join("initrd.img");
    let initrd = Initramfs::of(&kernel)?.capture;
    fs::write(&path, initrd).with_context(|| path.display().to_string())?;
    Ok(path)
}

/// The functions around libIPSec_MB, compiled by its own header. There is a C compiler wherever Rust can link.
fn ipsec_mb(libraries: &Path, directory: &Path) -> Result<PathBuf> {
    let source = root().join("crates/purgatory-bench/src/libraries/ipsec_mb.c");
    let library = directory.join("libbench_ipsec_mb.so");
    let place = libraries.join(LIBRARY_FOLDER);
    let with = |prefix: &str, path: &Path| {
        let mut argument = OsString::from(prefix);
        argument.push(path);
        argument
    };
    let mut command = Command::new("cc");
    command.args(["-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]);
    command.arg(with("-I", &libraries.join("usr/include")));
    command.arg("-o").arg(&library).arg(source);
    command.arg(with("-L", &place)).arg("-lIPSec_MB").arg(with("-Wl,-rpath,", &place));
    workspace::run(&mut command)?;
    Ok(library)
}

//! `cargo xtask`: the tasks of the project. Each command has a file or a directory.

mod bench;
mod blob;
mod build;
mod campaign;
mod census;
mod cli;
mod demo;
mod digest;
mod freestanding;
mod fuzz;
mod header;
mod house;
mod lint;
mod progress;
mod prove;
mod shim;
mod table;
mod test;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Build, check, test and measure the purgatory
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure how fast purgatories and SHA-256 libraries verify an image, in one run
    Bench(bench::Options),
    /// Build the purgatories and the tool, and check each purgatory against its loader's contract
    Build(build::Options),
    /// Put random faults into loaded purgatories, and classify how each run ends
    Campaign(campaign::Options),
    /// Panic a stock kernel under QEMU, intact and with one bit flipped, and show what each purgatory prints
    Demo,
    /// Fuzz every reader of foreign bytes
    Fuzz(fuzz::Options),
    /// Write purgatory.h, the native contract for loaders in C
    Header,
    /// Check the source: format, clippy, documentation, census of instructions, house rules
    Lint,
    /// Run a long campaign of faults in steps that are kept, and write docs/proof.md
    Prove(prove::Options),
    /// Run kexec-tools with its own purgatory and ours, and write docs/kexec-tools-table.md
    Table,
    /// Run all tests: host tests, fuzzing, the boot shim, panics of stock kernels
    Test(test::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Bench(options) => bench::run(&options),
        Command::Build(options) => build::run(&options),
        Command::Campaign(options) => campaign::run(&options),
        Command::Demo => demo::run(),
        Command::Fuzz(options) => fuzz::run_targets(&options),
        Command::Header => header::run(),
        Command::Lint => lint::run(),
        Command::Prove(options) => prove::run(&options),
        Command::Table => table::run(),
        Command::Test(options) => test::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

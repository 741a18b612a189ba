//! `cargo xtask`: every task of the project, a file a verb.

mod bench;
mod blob;
mod build;
mod census;
mod cli;
mod demo;
mod digest;
mod freestanding;
mod header;
mod house;
mod lint;
mod progress;
mod shim;
mod table;
mod test;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Every task of the project.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Measure how fast purgatories and SHA-256 libraries verify, side by side.
    Bench(bench::Options),
    /// Build the purgatory and check it against the contracts of its loaders.
    Build,
    /// Crash a stock kernel with our purgatory, and show what it says when a byte is wrong.
    Demo,
    /// Write purgatory.h, the native contract for loaders in C.
    Header,
    /// Check the source: format, clippy, documentation, census, house rules.
    Lint,
    /// Write the table in docs/ of what kexec-tools does with its purgatory and with ours.
    Table,
    /// Run every test.
    Test(test::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().verb {
        Verb::Bench(options) => bench::run(&options),
        Verb::Build => build::run(),
        Verb::Demo => demo::run(),
        Verb::Header => header::run(),
        Verb::Lint => lint::run(),
        Verb::Table => table::run(),
        Verb::Test(options) => test::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

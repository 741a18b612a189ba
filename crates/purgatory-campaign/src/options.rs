//! The faults of a campaign, as arguments of a program.

use std::path::PathBuf;

/// The faults of a campaign, and the file for its numbers.
#[derive(Debug, clap::Args)]
pub struct Faults {
    /// The seed of the faults
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The index of the first fault
    #[arg(long, default_value_t = 0)]
    pub first: u64,
    /// The number of faults for each purgatory
    #[arg(long = "faults", value_name = "FAULTS", default_value_t = 10_000)]
    pub count: u64,
    /// Also write the numbers to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

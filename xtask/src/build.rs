//! `cargo xtask build`: makes the programs that run without an operating system, and prints what they are.

use crate::{blob, census, shim};
use anyhow::{Result, ensure};

/// Builds everything; an error if the blob breaks a rule of its contract.
pub(crate) fn run() -> Result<()> {
    println!("{}", shim::build()?.display());
    let blob = blob::build()?;
    println!("{}", blob.path.display());
    print!("{}", blob.review.table);
    println!("  {}", census::take(&blob.linked)?);
    let broken = blob.review.broken;
    ensure!(broken == 0, "{} breaks {broken} of the rules above", blob::NAME);
    Ok(())
}

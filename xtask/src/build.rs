//! `cargo xtask build`: makes the programs that run without an operating system, and prints what they are.

use crate::workspace::root;
use crate::{blob, census, progress, shim};
use anyhow::{Result, ensure};

/// Builds everything; an error if the blob breaks a rule.
pub(crate) fn run() -> Result<()> {
    progress::begin("boot shim");
    println!("  {}", shim::build()?.display());
    progress::begin("purgatory");
    let blob = blob::build(root())?;
    println!("  {}", blob.path.display());
    print!("{}", blob.review.table);
    println!("  census       {}", census::take(&blob.linked)?);
    let broken = blob.review.broken;
    ensure!(broken == 0, "{} breaks {broken} of the rules above", blob::NAME);
    Ok(())
}

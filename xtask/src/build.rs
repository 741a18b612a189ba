//! `cargo xtask build`: makes the programs that run without an operating system, and prints what they are.

use crate::workspace::root;
use crate::{blob, census, cli, progress, shim};
use anyhow::{Result, ensure};

/// Builds everything. Returns an error if a blob fails a rule.
pub(crate) fn run() -> Result<()> {
    progress::begin("boot shim");
    println!("  {}", shim::build()?.display());
    let mut broken = Vec::new();
    for kind in blob::ALL {
        progress::begin(kind.loader.file());
        let blob = blob::build(root(), kind)?;
        println!("  {}", blob.path.display());
        print!("{}", blob.review.table);
        println!("  census       {}", census::take(&blob.linked)?);
        if blob.review.failed != 0 {
            broken.push(format!(
                "{} fails {} of its rules",
                kind.loader.file(),
                blob.review.failed
            ));
        }
    }
    ensure!(broken.is_empty(), "{}", broken.join(", "));
    progress::begin(cli::NAME);
    println!("  {}", cli::build()?.display());
    Ok(())
}

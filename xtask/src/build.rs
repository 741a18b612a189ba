//! `cargo xtask build`: builds the boot shim, the blobs and the tool, and prints the parts and rules of each blob.

use crate::workspace::root;
use crate::{blob, census, cli, progress, shim};
use anyhow::{Result, ensure};

/// Builds everything. Returns an error if a blob fails a rule.
pub(crate) fn run() -> Result<()> {
    progress::begin("boot shim");
    println!("  {}", shim::build()?.display());
    let mut failures = Vec::new();
    for kind in blob::ALL {
        progress::begin(kind.loader.file());
        let blob = blob::build(root(), kind)?;
        println!("  {}", blob.path.display());
        print!("{}", blob.review.table);
        println!("  census       {}", census::take(&blob.linked)?);
        if blob.review.failed != 0 {
            failures.push(format!(
                "{} fails {} of its rules",
                kind.loader.file(),
                blob.review.failed
            ));
        }
    }
    ensure!(failures.is_empty(), "{}", failures.join(", "));
    progress::begin(cli::NAME);
    println!("  {}", cli::build()?.display());
    Ok(())
}

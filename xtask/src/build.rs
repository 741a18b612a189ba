//! `cargo xtask build`: builds the boot shim, the blobs and the tool, and prints the parts and rules of each blob.

use crate::freestanding::Program;
use crate::workspace::root;
use crate::{blob, census, cli, progress, shim};
use anyhow::{Result, ensure};

/// The options of `cargo xtask build`.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Leave the failure action `continue` out of the purgatories: no setting starts a corrupted image
    #[arg(long)]
    no_continue: bool,
}

/// Builds everything. Returns an error if a blob fails a rule.
pub(crate) fn run(options: &Options) -> Result<()> {
    progress::begin("boot shim");
    println!("  {}", shim::build()?.display());
    let mut failures = Vec::new();
    for kind in blob::ALL {
        progress::begin(kind.loader.file());
        let without_continue = format!("{},no-continue", kind.program.features);
        let program = if options.no_continue {
            Program { features: &without_continue, ..kind.program }
        } else {
            kind.program
        };
        let blob = blob::build_program(root(), kind, &program)?;
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

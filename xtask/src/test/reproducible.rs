//! Builds the blobs in a second directory: the same source must give the same bytes.

use super::tally::Tally;
use crate::blob::{self, Kind};
use crate::digest::sha256;
use crate::freestanding::{self, target_directory};
use crate::workspace::{cargo, read, root, run};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the blobs in a copy of this working tree, and compares them with the delivered ones. Only the workspace's
/// crates are compiled again; the builds of dependencies are copied.
pub(super) fn members() -> Result<Tally> {
    compare(copy_dependencies)
}

/// Builds the blobs in a copy of this working tree, with all dependencies, and compares them with the delivered ones.
pub(super) fn everything() -> Result<Tally> {
    compare(|_| Ok(()))
}

fn compare(prepare: impl FnOnce(&Path) -> Result<()>) -> Result<Tally> {
    let delivered = |kind: &Kind| Ok(freestanding::delivered(root(), kind.loader.file()));
    let original = digests(delivered)?;
    println!("  {original}  {}", root().display());
    let parent = tempfile::tempdir_in(root().join("target"))?;
    let copy = parent.path().join("purgatory");
    copy_working_tree(&copy)?;
    prepare(&copy)?;
    let rebuilt = digests(|kind| Ok(blob::build(&copy, kind)?.path))?;
    println!("  {rebuilt}  {}", copy.display());
    Ok(if rebuilt == original { Tally::PASSED } else { Tally::FAILED })
}

/// Returns the digests of all blobs, separated by spaces.
fn digests(path: impl Fn(&Kind) -> Result<PathBuf>) -> Result<String> {
    let digest = |kind| {
        let path = path(kind)?;
        Ok(sha256(&fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?))
    };
    Ok(blob::ALL.into_iter().map(digest).collect::<Result<Vec<_>>>()?.join(" "))
}

/// Copies the builds of the blobs' dependencies. The workspace's crates are removed from the copy, so cargo builds them
/// again.
fn copy_dependencies(to: &Path) -> Result<()> {
    let target = target_directory(to, &blob::LINUX.program);
    fs::create_dir_all(target.parent().context("a target directory has a parent directory")?)?;
    let from = target_directory(root(), &blob::LINUX.program);
    run(Command::new("cp").arg("--archive").arg(from).arg(&target))?;
    let mut clean = cargo();
    clean.current_dir(to).args(["clean", "--quiet", "--workspace", "--target-dir"]).arg(&target);
    run(&mut clean)
}

/// Clones HEAD, and copies every file that git tracks or does not ignore.
fn copy_working_tree(to: &Path) -> Result<()> {
    run(Command::new("git").args(["clone", "--quiet", "--no-hardlinks"]).arg(root()).arg(to))?;
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let files = read(Command::new("git").current_dir(root()).args(list))?;
    for file in files.split_terminator('\0') {
        let (from, to) = (root().join(file), to.join(file));
        if !from.is_file() {
            // git still lists a file that is deleted but not committed yet.
            fs::remove_file(&to).with_context(|| format!("cannot remove {}", to.display()))?;
            continue;
        }
        fs::create_dir_all(to.parent().context("a file has a parent directory")?)?;
        fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}

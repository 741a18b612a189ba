//! The same source in another directory: the same bytes.

use super::tally::Tally;
use crate::blob::{self, Kind};
use crate::digest::sha256;
use crate::freestanding::{self, target_directory};
use crate::workspace::{cargo, read, root, run};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the blobs in a copy of this working tree, around the same builds of their dependencies, and compares them with the
/// delivered ones.
pub(super) fn members() -> Result<Tally> {
    compare(copy_dependencies)
}

/// The same, with all dependencies built again.
pub(super) fn everything() -> Result<Tally> {
    compare(|_| Ok(()))
}

fn compare(prepare: impl FnOnce(&Path) -> Result<()>) -> Result<Tally> {
    let delivered = |kind: &Kind| Ok(freestanding::delivered(root(), kind.loader.file()));
    let here = digests(delivered)?;
    println!("  {here}  here");
    let parent = tempfile::tempdir_in(root().join("target"))?;
    let copy = parent.path().join("purgatory");
    copy_working_tree(&copy)?;
    prepare(&copy)?;
    let there = digests(|kind| Ok(blob::build(&copy, kind)?.path))?;
    println!("  {there}  {}", copy.display());
    Ok(if there == here { Tally::PASSED } else { Tally::FAILED })
}

/// The digests of all blobs, as one text.
fn digests(path: impl Fn(&Kind) -> Result<PathBuf>) -> Result<String> {
    let digest = |kind| {
        let path = path(kind)?;
        Ok(sha256(&fs::read(&path).with_context(|| path.display().to_string())?))
    };
    Ok(blob::ALL.into_iter().map(digest).collect::<Result<Vec<_>>>()?.join(" "))
}

/// Copies the builds of all that the blobs depend on, and none of the workspace: those are made anew.
fn copy_dependencies(to: &Path) -> Result<()> {
    let target = target_directory(to, &blob::LINUX.program);
    fs::create_dir_all(target.parent().context("the directory lies in another")?)?;
    let from = target_directory(root(), &blob::LINUX.program);
    run(Command::new("cp").arg("--archive").arg(from).arg(&target))?;
    let mut clean = cargo();
    clean.current_dir(to).args(["clean", "--quiet", "--workspace", "--target-dir"]).arg(&target);
    run(&mut clean)
}

/// A clone of HEAD, with every file on top that git knows of or would take.
fn copy_working_tree(to: &Path) -> Result<()> {
    run(Command::new("git").args(["clone", "--quiet", "--no-hardlinks"]).arg(root()).arg(to))?;
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let files = read(Command::new("git").current_dir(root()).args(list))?;
    for file in files.split_terminator('\0') {
        let (from, to) = (root().join(file), to.join(file));
        if !from.is_file() {
            // Deleted, and not committed yet.
            fs::remove_file(&to).with_context(|| to.display().to_string())?;
            continue;
        }
        fs::create_dir_all(to.parent().context("a file lies in a directory")?)?;
        fs::copy(&from, &to).with_context(|| from.display().to_string())?;
    }
    Ok(())
}

//! Packages of a Debian suite, unpacked and not installed. No root is needed.
//!
//! The mirror is the one that the machine's own apt sources name; apt checks the packages' signatures with the
//! machine's own keys. Packages that are wanted together lie in one tree, as they would on a machine:
//!
//! ```text
//! target/stock/NAME/packages.txt    what was asked for, then what was unpacked, with versions
//! target/stock/NAME/root            boot, usr, lib …
//! target/stock/NAME.lock            held while the above is made
//! ```
//!
//! Such a folder appears whole or not at all: it is made beside its place and renamed.

mod apt;
mod control;
mod program;
mod sources;

pub(crate) use program::linked;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{bounded, provision, workspace};
use apt::Apt;

/// The list of what a suite's folder holds.
const MANIFEST: &str = "packages.txt";

/// How long another process may hold a suite's lock: it fetches about 100 MB.
const LOCK_LIMIT: Duration = Duration::from_secs(900);

/// How long unpacking one package may take.
const UNPACK_LIMIT: Duration = Duration::from_secs(120);

/// The root of a tree that holds the packages `wanted` of `suite`, and all libraries that they depend on.
/// It is called `name` among others.
///
/// What is there already is not fetched again. Progress is said on stderr.
///
/// # Errors
/// No mirror is known, a package is not in the suite or cannot be fetched, or a file cannot be written.
pub fn unpacked(name: &str, suite: &str, wanted: &[&str]) -> Result<PathBuf> {
    let place = workspace::stock().join(name);
    fs::create_dir_all(workspace::stock()).context("cannot make the folder of packages")?;
    let _lock = lock(&place.with_extension("lock"))?;
    let asked = format!("wanted: {}\n", wanted.join(" "));
    let manifest = fs::read_to_string(place.join(MANIFEST)).unwrap_or_default();
    if !manifest.starts_with(&asked) {
        // What is there was left by a process that was ended half way: the lock keeps all others out.
        let new = place.with_extension("new");
        for old in [&new, &place] {
            if old.exists() {
                fs::remove_dir_all(old).context("cannot remove the packages of another time")?;
            }
        }
        fs::create_dir(&new).context("cannot make a folder for packages")?;
        fill(&new, suite, wanted, asked)?;
        fs::rename(&new, &place).context("cannot put the packages in their place")?;
    }
    Ok(place.join("root"))
}

fn fill(folder: &Path, suite: &str, wanted: &[&str], asked: String) -> Result<()> {
    let root = folder.join("root");
    fs::create_dir(&root).context("cannot make the packages' root")?;
    let mirror = sources::of_this_machine()?;
    eprintln!("{suite}: reading the package list of the machine's own mirror");
    let apt = Apt::new(&folder.join("apt"), &mirror, suite)?;
    let packages = control::with_libraries(wanted, |names| apt.show(names))?;
    let mut manifest = asked;
    for (index, package) in packages.iter().enumerate() {
        let (number, all) = (index + 1, packages.len());
        eprintln!("{suite}: package {number} of {all}: {} {}", package.name, package.version);
        let file = apt.download(&package.name)?;
        let mut unpack = Command::new(provision::find(provision::DPKG_DEB)?);
        bounded::output(unpack.arg("-x").arg(&file).arg(&root), UNPACK_LIMIT)?;
        fs::remove_file(&file).context("cannot remove an unpacked package")?;
        manifest.push_str(&format!("{} {}\n", package.name, package.version));
    }
    apt.remove()?;
    fs::write(folder.join(MANIFEST), manifest).context("cannot write the list of packages")
}

/// Holds the lock until the file that is returned is dropped, or its process ends.
fn lock(path: &Path) -> Result<File> {
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    let give_up = Instant::now() + LOCK_LIMIT;
    let mut said = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < give_up => {}
            Err(error) => bail!("cannot lock {}: {error}", path.display()),
        }
        if !said {
            eprintln!("waiting for the process that holds {}", path.display());
            said = true;
        }
        thread::sleep(Duration::from_millis(100));
    }
}

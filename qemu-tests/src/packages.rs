//! Packages of a Debian suite, unpacked and not installed: `mmdebstrap --variant=extract`.
//!
//! The mirror is the one in the machine's own apt sources. Packages that are wanted together are in one tree, with all
//! packages that they depend on:
//!
//! ```text
//! target/stock/NAME/packages.txt    the names of the wanted packages
//! target/stock/NAME/root            boot, usr, lib …
//! target/stock/NAME.lock            locked while the above is made
//! ```
//!
//! Such a directory appears whole or not at all: it is made next to its place and renamed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::{bounded, provision, workspace};

/// The list of the wanted packages.
const MANIFEST: &str = "packages.txt";

/// Time limit for fetching and unpacking the packages of one tree: some 200 MB.
const LIMIT: Duration = Duration::from_secs(900);

/// Options of `mmdebstrap`. `chrootless` works with and without root.
const OPTIONS: [&str; 7] = [
    "--quiet",
    "--variant=extract",
    "--mode=chrootless",
    "--format=directory",
    // As root, apt would fetch as a user who may not write to our directory.
    "--aptopt=APT::Sandbox::User \"root\"",
    "--aptopt=Acquire::Retries \"3\"",
    "--aptopt=Acquire::http::Timeout \"60\"",
];

/// Places in the tree of a program's dynamic linker and libraries.
const LINKERS: [&str; 2] = ["usr/lib64/ld-linux-x86-64.so.2", "lib64/ld-linux-x86-64.so.2"];
const LIBRARIES: [&str; 2] = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"];

/// Returns the root of the tree `name`, which holds the packages `wanted` of `suite` and their dependencies.
///
/// Fetches only missing packages. Prints progress on stderr.
///
/// # Errors
/// No mirror is known, the suite lacks a package, or a file cannot be fetched or written.
pub fn unpacked(name: &str, suite: &str, wanted: &[&str]) -> Result<PathBuf> {
    let place = workspace::stock().join(name);
    fs::create_dir_all(workspace::stock()).context("cannot make the directory of packages")?;
    let lock = File::create(workspace::stock().join(format!("{name}.lock")))
        .context("cannot make a lock file")?;
    lock.lock().context("cannot lock the packages")?;
    let asked = format!("wanted: {}\n", wanted.join(" "));
    let manifest = fs::read_to_string(place.join(MANIFEST)).unwrap_or_default();
    if manifest != asked {
        let new = workspace::stock().join(format!("{name}.new"));
        // The lock excludes others: existing files are old, or remain from a killed process.
        for old in [&new, &place] {
            if old.exists() {
                fs::remove_dir_all(old).context("cannot remove the packages of an earlier run")?;
            }
        }
        fs::create_dir(&new).context("cannot make a directory for packages")?;
        eprintln!("{suite}: fetching {}", wanted.join(", "));
        let mut command = Command::new(provision::require(provision::MMDEBSTRAP)?);
        command.args(OPTIONS).arg(format!("--include={}", wanted.join(",")));
        command.arg(suite).arg(new.join("root")).arg(format!("deb {} {suite} main", mirror()?));
        bounded::output(&mut command, LIMIT)?;
        fs::write(new.join(MANIFEST), asked).context("cannot write the list of packages")?;
        fs::rename(&new, &place).context("cannot move the packages into place")?;
    }
    Ok(place.join("root"))
}

/// Returns the URI of the mirror that the machine's own release is installed from.
fn mirror() -> Result<String> {
    let Some(codename) = provision::release().codename else {
        bail!("/etc/os-release has no VERSION_CODENAME: the machine's mirror is unknown");
    };
    let mut command = Command::new(provision::find(provision::APT_GET)?);
    command.args(["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
    command.args([format!("Release: {codename}"), "Component: main".into()]);
    let found = bounded::output(&mut command, LIMIT)?;
    let first = found.lines().next().map(str::to_owned);
    first.with_context(|| format!("no apt source of this machine has the suite {codename}, main"))
}

/// Returns the file to execute for `program`, a place below `root`, and the arguments that come before the program's
/// own.
///
/// The program gets the dynamic linker and libraries of its own tree: the machine's may be too old for it.
pub(crate) fn linked(root: &Path, program: &str) -> (PathBuf, Vec<OsString>) {
    let libraries = LIBRARIES.map(|directory| root.join(directory).into_os_string());
    let args =
        vec!["--library-path".into(), libraries.join(":".as_ref()), root.join(program).into()];
    let linkers = LINKERS.map(|linker| root.join(linker));
    let linker = linkers.iter().find(|linker| linker.is_file()).unwrap_or(&linkers[0]);
    (linker.clone(), args)
}

#[cfg(all(test, feature = "qemu"))]
mod with_qemu {
    use super::*;

    #[test]
    fn names_a_package_that_the_suite_lacks() {
        let suite = provision::release().codename.unwrap();
        let error = unpacked("no-such-package", &suite, &["no-such-package"]).unwrap_err();
        assert!(format!("{error:#}").contains("install no-such-package"), "{error:#}");
    }
}

//! Where things are.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use purgatory_abi::Loader;

/// Names the blob to test, where it is not the one that `cargo xtask build` makes.
pub const BLOB_VARIABLE: &str = "PURGATORY_LINUX_RO";

/// The directory of the workspace.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The directory of unpacked packages, a directory a suite.
#[must_use]
pub fn stock() -> PathBuf {
    root().join("target/stock")
}

/// The directory of the runs' logs, a directory a run.
#[must_use]
pub fn runs() -> PathBuf {
    root().join("target/qemu-tests")
}

/// Our blob for a loader, out of `target/purgatory`; for Linux the file that [`BLOB_VARIABLE`] names, if it does.
///
/// # Errors
/// There is no such file.
pub fn blob(loader: Loader) -> Result<Vec<u8>> {
    let named = std::env::var_os(BLOB_VARIABLE).filter(|_| loader == Loader::Linux);
    let made = || root().join("target/purgatory").join(loader.file());
    let path = named.map_or_else(made, PathBuf::from);
    fs::read(&path)
        .with_context(|| format!("no blob at {}: run `cargo xtask build`", path.display()))
}

/// The command-line tool `purgatory`, with our blobs inside.
///
/// # Errors
/// There is no such file.
pub fn tool() -> Result<PathBuf> {
    let path = root().join("target/purgatory/purgatory");
    ensure!(path.is_file(), "no tool at {}: run `cargo xtask build`", path.display());
    Ok(path)
}

/// Makes an empty directory; files of an earlier run are removed.
pub(crate) fn make_empty(directory: &Path) -> Result<()> {
    if directory.is_dir() {
        fs::remove_dir_all(directory)
            .with_context(|| format!("cannot empty {}", directory.display()))?;
    }
    fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))
}

/// Returns the text of a file so far; none if there is no file.
pub(crate) fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

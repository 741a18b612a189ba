//! Anonymous files (`memfd_create(2)`) that other processes open by a path: nothing to clean up, however a run ends.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process;

use anyhow::{Context, Result};
use rustix::fs::MemfdFlags;

/// Makes an empty file. `name` appears only in `/proc`.
///
/// # Errors
/// The host has no such file to give.
pub(crate) fn new(name: &str) -> Result<File> {
    let file = rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC);
    Ok(File::from(file.with_context(|| format!("cannot make the anonymous file {name}"))?))
}

/// The path by which other processes open it, as long as this one has it open.
#[must_use]
pub(crate) fn path(file: &File) -> PathBuf {
    format!("/proc/{}/fd/{}", process::id(), file.as_raw_fd()).into()
}

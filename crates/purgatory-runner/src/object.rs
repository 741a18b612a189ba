//! Finds the purgatory inside a kernel or a kexec program.

use anyhow::{Context, Result, bail};
use purgatory_abi::Loader;
use purgatory_cli::unpack;
use purgatory_loader::Blob;
use purgatory_loader::find::{self, Purgatory};
use purgatory_loader::kernel::BzImage;
use std::fs;
use std::path::Path;

/// Returns the purgatory that the kernel in this bzImage embeds.
///
/// # Errors
///
/// Returns an error if the file cannot be read or unpacked, or does not contain exactly one such purgatory.
pub fn of_kernel(file: &Path) -> Result<Vec<u8>> {
    let bytes = read(file)?;
    let unpacked = || -> Result<_> { Ok(unpack::unpack(BzImage::parse(&bytes)?.payload()?)?.1) };
    let found = unpacked().and_then(|kernel| only(&kernel, Loader::Linux));
    found.with_context(|| format!("cannot extract the purgatory of the kernel {}", file.display()))
}

/// Returns the purgatory that this kexec embeds.
///
/// # Errors
///
/// Returns an error if the file cannot be read, or does not contain exactly one such purgatory.
pub fn of_kexec(file: &Path) -> Result<Vec<u8>> {
    let found = only(&read(file)?, Loader::KexecTools);
    found.with_context(|| format!("cannot extract the purgatory of the kexec {}", file.display()))
}

/// Returns the purgatory in this file: an object, a bzImage, or a kexec program.
///
/// # Errors
///
/// The same as for the format of the file.
pub fn of_file(file: &Path) -> Result<Vec<u8>> {
    let bytes = read(file)?;
    if Blob::parse(&bytes).is_ok() {
        Ok(bytes)
    } else if BzImage::parse(&bytes).is_ok() {
        of_kernel(file)
    } else {
        of_kexec(file)
    }
}

/// Reads a file.
///
/// # Errors
///
/// Returns an error that names the file if it cannot be read.
pub fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Returns the bytes of the only purgatory for this loader.
fn only(bytes: &[u8], loader: Loader) -> Result<Vec<u8>> {
    let mut found = find::purgatories(bytes).found;
    found.retain(|purgatory| purgatory.loader == Some(loader));
    match &found[..] {
        [Purgatory { blob, .. }] => Ok(blob.bytes().to_vec()),
        [] => bail!("there is no purgatory for {loader}"),
        [first, second, ..] => bail!(
            "there are two purgatories for {loader}, at offsets {:#x} and {:#x}",
            first.offset,
            second.offset
        ),
    }
}

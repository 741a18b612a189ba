//! Finds the one purgatory inside a kernel or a program.

use anyhow::{Context, Result, bail};
use purgatory_abi::Loader;
use purgatory_cli::unpack;
use purgatory_loader::find::{self, Purgatory};
use purgatory_loader::kernel::BzImage;
use std::fs;
use std::path::Path;

/// The purgatory that the kernel in this bzImage embeds.
///
/// # Errors
/// The file cannot be read or unpacked, or holds no such purgatory, or more than one.
pub fn of_kernel(file: &Path) -> Result<Vec<u8>> {
    let bytes = read(file)?;
    let unpacked = || -> Result<_> { Ok(unpack::unpack(BzImage::parse(&bytes)?.payload()?)?.1) };
    let found = unpacked().and_then(|kernel| only(&kernel, Loader::Linux));
    found.with_context(|| format!("{} as a kernel", file.display()))
}

/// The purgatory that this kexec embeds.
///
/// # Errors
/// The file cannot be read, or holds no such purgatory, or more than one.
pub fn of_kexec(file: &Path) -> Result<Vec<u8>> {
    let found = only(&read(file)?, Loader::KexecTools);
    found.with_context(|| format!("{} as a kexec", file.display()))
}

/// Reads a file.
///
/// # Errors
/// It cannot be read; the error names it.
pub fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// The bytes of the one purgatory for this loader.
fn only(bytes: &[u8], loader: Loader) -> Result<Vec<u8>> {
    let mut found = find::purgatories(bytes).found;
    found.retain(|purgatory| purgatory.loader == Some(loader));
    match &found[..] {
        [Purgatory { blob, .. }] => Ok(blob.bytes().to_vec()),
        [] => bail!("there is no purgatory for {loader} in it"),
        [first, second, ..] => bail!(
            "there are two purgatories for {loader} in it, at offsets {:#x} and {:#x}",
            first.offset,
            second.offset
        ),
    }
}

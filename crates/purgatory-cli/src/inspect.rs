//! Checks the purgatories in a file against the rules of every loader.

use crate::Identity;
use crate::unpack::{self, Compression, UnpackError};
use purgatory_abi::Loader;
use purgatory_loader::contract::{Finding, Level, check, loader_of};
use purgatory_loader::find::{self, CorruptedObject};
use purgatory_loader::kernel::{BzImage, KernelError, is_bz_image};
use purgatory_loader::{Blob, ElfError};
use thiserror::Error;

/// The purgatories in a file.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// For a bzImage, the compression, and the size of the unpacked kernel in bytes. Offsets then refer to that kernel.
    pub unpacked: Option<(Compression, usize)>,
    /// At least one.
    pub purgatories: Vec<Inspected>,
}

/// A purgatory, and the result of each rule.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// Offset of its first byte.
    pub offset: usize,
    /// Its size and digest.
    pub identity: Identity,
    /// The loader that it is for; `None` if its tables do not belong to one loader.
    pub loader: Option<Loader>,
    /// The findings for the rules of each loader.
    pub tables: [(Loader, Vec<Finding>); 3],
}

impl Inspection {
    /// Whether every purgatory passes all required rules of its loader.
    pub fn passed(&self) -> bool {
        self.purgatories.iter().all(|purgatory| purgatory.failed_rules().count() == 0)
    }
}

impl Inspected {
    fn of(offset: usize, blob: &Blob<'_>) -> Self {
        let tables = Loader::ALL.map(|loader| (loader, check(loader, blob)));
        Self { offset, identity: Identity::of(blob.bytes()), loader: loader_of(blob), tables }
    }

    /// The required rules of its loader that failed. If its loader is unknown, the rules of all loaders apply.
    pub fn failed_rules(&self) -> impl Iterator<Item = &Finding> {
        let own = |loader| self.loader.is_none_or(|own| own == loader);
        let tables = self.tables.iter().filter(move |(loader, _)| own(*loader));
        let findings = tables.flat_map(|(_, findings)| findings);
        findings.filter(|finding| !finding.passed && finding.rule.level == Level::Required)
    }
}

/// The reason why a file cannot be inspected.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum InspectError {
    /// The bzImage is corrupted, or for another architecture.
    #[error(transparent)]
    BzImage(#[from] KernelError),
    /// The kernel in the bzImage cannot be unpacked.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// There is no purgatory.
    #[error(
        "no x86_64 purgatory found: give a purgatory object, a kexec binary, or a kernel with CONFIG_KEXEC_FILE (a vmlinux or bzImage)"
    )]
    NoPurgatory,
    /// A purgatory may be in the file, truncated or otherwise corrupted.
    #[error(
        "the object at offset {offset:#x} is truncated or corrupted ({error}): use an intact copy of the file"
    )]
    Corrupted { offset: usize, error: ElfError },
}

/// Inspects an object, or all purgatories in a program or kernel.
///
/// # Errors
///
/// Returns an [`InspectError`] if no purgatory can be read.
pub fn inspect(file: &[u8]) -> Result<Inspection, InspectError> {
    if !is_bz_image(file) {
        return Ok(Inspection { unpacked: None, purgatories: find_purgatories(file)? });
    }
    let (compression, kernel) = unpack::unpack(BzImage::parse(file)?.payload()?)?;
    let purgatories = find_purgatories(&kernel)?;
    Ok(Inspection { unpacked: Some((compression, kernel.len())), purgatories })
}

fn find_purgatories(bytes: &[u8]) -> Result<Vec<Inspected>, InspectError> {
    // An object file is inspected even if it is not a purgatory.
    if let Ok(blob) = Blob::parse(bytes) {
        return Ok(vec![Inspected::of(0, &blob)]);
    }
    let search = find::purgatories(bytes);
    let found: Vec<_> =
        search.found.iter().map(|found| Inspected::of(found.offset, &found.blob)).collect();
    match search.corrupted.into_iter().next() {
        _ if !found.is_empty() => Ok(found),
        Some(CorruptedObject { offset, error }) => Err(InspectError::Corrupted { offset, error }),
        None => Err(InspectError::NoPurgatory),
    }
}

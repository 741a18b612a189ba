//! Holds the purgatories in a file against the rules of every loader.

use crate::Identity;
use crate::unpack::{self, Compression, UnpackError};
use purgatory_abi::Loader;
use purgatory_loader::contract::{Finding, Level, check, loader_of};
use purgatory_loader::find::{self, Broken};
use purgatory_loader::kernel::{BzImage, KernelError, is_bz_image};
use purgatory_loader::{Blob, ElfError};
use thiserror::Error;

/// What was found in a file.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// How the kernel was compressed, and its bytes, if it was: then offsets are offsets in the unpacked kernel.
    pub unpacked: Option<(Compression, usize)>,
    /// At least one.
    pub purgatories: Vec<Inspected>,
}

/// A purgatory, and how it stands to the rules.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// Offset of its first byte.
    pub offset: usize,
    /// Its size and digest.
    pub identity: Identity,
    /// The loader that it is for, if its tables tell.
    pub loader: Option<Loader>,
    /// What the rules of each loader find.
    pub tables: [(Loader, Vec<Finding>); 3],
}

impl Inspection {
    /// All rules are held that a loader needs, those of every purgatory's own.
    pub fn held(&self) -> bool {
        self.purgatories.iter().all(|purgatory| purgatory.broken().count() == 0)
    }
}

impl Inspected {
    fn of(offset: usize, blob: &Blob<'_>) -> Self {
        let tables = Loader::ALL.map(|loader| (loader, check(loader, blob)));
        Self { offset, identity: Identity::of(blob.bytes()), loader: loader_of(blob), tables }
    }

    /// What its own loader needs and it breaks. With no one loader of its own, it is held against all of them.
    pub fn broken(&self) -> impl Iterator<Item = &Finding> {
        let own = |loader| self.loader.is_none_or(|own| own == loader);
        let tables = self.tables.iter().filter(move |(loader, _)| own(*loader));
        let findings = tables.flat_map(|(_, findings)| findings);
        findings.filter(|finding| !finding.held && finding.rule.level == Level::Must)
    }
}

/// Why there is nothing to inspect.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum InspectError {
    /// The bzImage is corrupted, or for another machine.
    #[error(transparent)]
    BzImage(#[from] KernelError),
    /// The kernel in the bzImage cannot be unpacked.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// There is no purgatory.
    #[error(
        "there is no x86_64 purgatory in it: give a purgatory object, a kexec binary, or a kernel with CONFIG_KEXEC_FILE (a vmlinux or bzImage)"
    )]
    NoPurgatory,
    /// There may be one, truncated or otherwise corrupted.
    #[error(
        "the object at offset {offset:#x} is truncated or corrupted ({error}): take an intact copy of the file"
    )]
    Corrupted { offset: usize, error: ElfError },
}

/// Inspects an object, or all purgatories in a program or kernel.
///
/// # Errors
///
/// There is none that can be read.
pub fn inspect(file: &[u8]) -> Result<Inspection, InspectError> {
    if !is_bz_image(file) {
        return Ok(Inspection { unpacked: None, purgatories: look(file)? });
    }
    let (compression, kernel) = unpack::unpack(BzImage::parse(file)?.payload()?)?;
    let purgatories = look(&kernel)?;
    Ok(Inspection { unpacked: Some((compression, kernel.len())), purgatories })
}

fn look(bytes: &[u8]) -> Result<Vec<Inspected>, InspectError> {
    // An object that is given by itself is inspected even where it lacks what would make it a purgatory.
    if let Ok(blob) = Blob::parse(bytes) {
        return Ok(vec![Inspected::of(0, &blob)]);
    }
    let search = find::purgatories(bytes);
    let found: Vec<_> =
        search.found.iter().map(|found| Inspected::of(found.offset, &found.blob)).collect();
    match search.broken.into_iter().next() {
        _ if !found.is_empty() => Ok(found),
        Some(Broken { offset, error }) => Err(InspectError::Corrupted { offset, error }),
        None => Err(InspectError::NoPurgatory),
    }
}

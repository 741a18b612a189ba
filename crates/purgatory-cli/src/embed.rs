//! Replaces the purgatory in a kexec binary or an unpacked kernel with ours.
//!
//! The new object must fit into the place of the old one, because other data of the linked file follow. kexec-tools
//! passes the length of the place to its parser (`purgatory_size`), and the kernel reads only the object's headers. So
//! both accept an object with trailing zeros.

use crate::Exit;
use crate::Identity;
use crate::blobs::Blobs;
use crate::signature::{self, Signature};
use purgatory_abi::Loader;
use purgatory_loader::contract::{Finding, Level, check, loader_of};
use purgatory_loader::find::{self, CorruptedObject, Purgatory};
use purgatory_loader::kernel::is_bz_image;
use purgatory_loader::{Blob, ElfError};
use thiserror::Error;

/// The source of the new purgatory.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The purgatory inside this program for the loader in the file; `None` if the program has none inside.
    BuiltIn(Option<Blobs<'a>>),
    /// This object.
    Given(&'a [u8]),
}

/// A file with the new purgatory, and its properties.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// The loader that embeds it.
    pub loader: Loader,
    /// Offset of both objects in the file.
    pub offset: usize,
    /// The replaced object.
    pub old: Identity,
    /// The new object. The rest of the old object's place is zero.
    pub new: Identity,
    /// The number of the loader's rules that the new purgatory passes.
    pub passed: usize,
    /// The number of rules of the loader.
    pub rules: usize,
    /// The whole file.
    pub file: Vec<u8>,
}

/// The reason why nothing was embedded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum EmbedError {
    /// The file is a bzImage, so its purgatory is compressed.
    #[error(
        "the file is a compressed kernel (bzImage{}): embed into the unpacked vmlinux, or build the kernel with purgatory-linux.ro as its arch/x86/purgatory/purgatory.ro",
        signature.map(|signature| format!(", signed: {signature}")).unwrap_or_default()
    )]
    Compressed { signature: Option<Signature> },
    /// A changed file would fail the signature check.
    #[error(
        "the file is signed ({signature}), and a changed file would fail the signature check: embed into the unsigned file, and sign the result"
    )]
    Signed { signature: Signature },
    /// The file has no purgatory.
    #[error(
        "no x86_64 purgatory found: give a kexec binary, such as /usr/sbin/kexec, or the unpacked vmlinux of a kernel with CONFIG_KEXEC_FILE"
    )]
    NoPurgatory,
    /// The file has several purgatories.
    #[error(
        "the file has {} purgatories, at offsets {}: give a file with one purgatory", offsets.len(), list(offsets)
    )]
    Several { offsets: Vec<usize> },
    /// The file may have a purgatory, truncated or otherwise corrupted.
    #[error(
        "the object at offset {offset:#x} is truncated or corrupted ({error}): use an intact copy of the file"
    )]
    Corrupted { offset: usize, error: ElfError },
    /// The tables of the purgatory do not belong to exactly one loader.
    #[error(
        "the purgatory at offset {offset:#x} does not have the tables of exactly one loader: it cannot be replaced"
    )]
    UnknownLoader { offset: usize },
    /// The purgatory is the new one already.
    #[error(
        "the purgatory at offset {offset:#x} is already this one ({identity}): there is nothing to do"
    )]
    SameAlready { offset: usize, identity: Identity },
    /// The new purgatory is larger than the old one.
    #[error(
        "the {loader} purgatory to embed has {new} bytes, but the one at offset {offset:#x} only {old}: if an earlier embed replaced the original, start from the original file; otherwise build the loader from source with this purgatory"
    )]
    TooLarge { loader: Loader, offset: usize, old: usize, new: usize },
    /// This program has no purgatories inside.
    #[error(
        "this build of the tool has no purgatories inside: use target/purgatory/purgatory, which `cargo xtask build` makes, or name an object with --purgatory"
    )]
    NoneBuiltIn,
    /// The purgatory to embed is not a valid object.
    #[error(
        "the purgatory to embed is not a valid x86_64 object ({error}): give one that `cargo xtask build` made"
    )]
    Unreadable { error: ElfError },
    /// The purgatory to embed is for another loader, or its loader is unknown.
    #[error(
        "the purgatory to embed is for {}, but the one in the file is for {wanted}: give purgatory-{wanted}.ro", name(*given)
    )]
    OtherLoader { given: Option<Loader>, wanted: Loader },
    /// The purgatory to embed fails a required rule.
    #[error(
        "the purgatory to embed fails a required rule of {loader}: {rule} ({found}): `purgatory inspect` shows all rules"
    )]
    BreaksRule { loader: Loader, rule: &'static str, found: String },
}

impl EmbedError {
    /// Returns the exit status for the error.
    pub fn exit(&self) -> Exit {
        match self {
            Self::SameAlready { .. } => Exit::NothingToDo,
            Self::NoneBuiltIn => Exit::NoPurgatory,
            _ => Exit::Rejected,
        }
    }
}

fn list(offsets: &[usize]) -> String {
    let offsets: Vec<_> = offsets.iter().map(|offset| format!("{offset:#x}")).collect();
    offsets.join(", ")
}

fn name(loader: Option<Loader>) -> &'static str {
    loader.map_or("no single loader", Loader::name)
}

/// Makes a copy of `file` with its purgatory replaced by one from `source`.
///
/// # Errors
///
/// Returns an [`EmbedError`] if the purgatory cannot be replaced, or the result would not work.
pub fn embed(file: &[u8], source: Source<'_>) -> Result<Embedded, EmbedError> {
    let signature = signature::of(file);
    if is_bz_image(file) {
        return Err(EmbedError::Compressed { signature });
    }
    if let Some(signature) = signature {
        return Err(EmbedError::Signed { signature });
    }
    let (loader, old) = find_only(file)?;
    let bytes = match source {
        Source::BuiltIn(blobs) => blobs.ok_or(EmbedError::NoneBuiltIn)?.get(loader),
        Source::Given(bytes) => bytes,
    };
    let new = Blob::parse(bytes).map_err(|error| EmbedError::Unreadable { error })?;
    let findings = check_required(&new, loader)?;
    let passed = findings.iter().filter(|finding| finding.passed).count();

    let (offset, space, object) = (old.offset, old.blob.bytes(), new.bytes());
    let identity = Identity::of(object);
    if object == space {
        return Err(EmbedError::SameAlready { offset, identity });
    }
    if object.len() > space.len() {
        let (old, new) = (space.len(), object.len());
        return Err(EmbedError::TooLarge { loader, offset, old, new });
    }
    let mut file = file.to_vec();
    let (start, rest) = file[offset..][..space.len()].split_at_mut(object.len());
    start.copy_from_slice(object);
    rest.fill(0);
    let rules = findings.len();
    Ok(Embedded { loader, offset, old: Identity::of(space), new: identity, passed, rules, file })
}

/// Returns the only purgatory in `file`, and its loader.
fn find_only(file: &[u8]) -> Result<(Loader, Purgatory<'_>), EmbedError> {
    let mut search = find::purgatories(file);
    if search.found.len() > 1 {
        let offsets = search.found.iter().map(|purgatory| purgatory.offset).collect();
        return Err(EmbedError::Several { offsets });
    }
    let Some(purgatory) = search.found.pop() else {
        return Err(match search.corrupted.into_iter().next() {
            Some(CorruptedObject { offset, error }) => EmbedError::Corrupted { offset, error },
            None => EmbedError::NoPurgatory,
        });
    };
    let unknown = EmbedError::UnknownLoader { offset: purgatory.offset };
    Ok((purgatory.loader.ok_or(unknown)?, purgatory))
}

/// Checks that an object is for `loader` and passes its required rules. Returns the findings for all rules.
fn check_required(blob: &Blob<'_>, loader: Loader) -> Result<Vec<Finding>, EmbedError> {
    let given = loader_of(blob);
    if given != Some(loader) {
        return Err(EmbedError::OtherLoader { given, wanted: loader });
    }
    let findings = check(loader, blob);
    match findings.iter().find(|finding| !finding.passed && finding.rule.level == Level::Required) {
        Some(Finding { rule, found, .. }) => {
            Err(EmbedError::BreaksRule { loader, rule: rule.name, found: found.clone() })
        }
        None => Ok(findings),
    }
}

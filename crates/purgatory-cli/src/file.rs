//! Reads files, and writes a file completely or not at all.

use rustix::fs::OFlags;
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A file that was read.
#[derive(Debug)]
pub struct Input {
    /// Its contents.
    pub bytes: Vec<u8>,
    metadata: Metadata,
}

/// The reason why a file was not read or written.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum FileError {
    /// It does not exist, or cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// Reading a pipe or a device may not end, and replacing one is never intended.
    #[error("{} is not a regular file: name a regular file", path.display())]
    NotRegular { path: PathBuf },
    /// It is larger than the available memory.
    #[error(
        "{} has more than the {most} bytes of available memory: use a smaller file, or for a capture kernel reserve more with crashkernel=",
        path.display()
    )]
    TooLarge { path: PathBuf, most: u64 },
    /// The output would overwrite an input.
    #[error("{} is the same file as the input {}: name another output", output.display(), input.display())]
    SameFile { output: PathBuf, input: PathBuf },
    /// It cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// Reads a regular file.
///
/// # Errors
///
/// Returns a [`FileError`] if it is not a regular file, or cannot be read.
pub fn read(path: &Path) -> Result<Input, FileError> {
    read_up_to(path, u64::MAX)
}

/// Reads a regular file of at most `most` bytes.
///
/// # Errors
///
/// Returns a [`FileError`] if it is not a regular file, is larger, or cannot be read.
pub fn read_up_to(path: &Path, most: u64) -> Result<Input, FileError> {
    let unreadable = |source| FileError::Read { path: path.to_owned(), source };
    let regular = |metadata: Metadata| {
        let not = FileError::NotRegular { path: path.to_owned() };
        metadata.is_file().then_some(metadata).ok_or(not)
    };
    // This check precedes the open, because opening a device may have effects.
    regular(fs::metadata(path).map_err(unreadable)?)?;
    // NONBLOCK: the file may be replaced by now, and a file such as /proc/kmsg blocks although it is regular.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path).map_err(unreadable)?;
    let metadata = regular(file.metadata().map_err(unreadable)?)?;
    if metadata.len() > most {
        return Err(FileError::TooLarge { path: path.to_owned(), most });
    }
    // It may grow while it is read.
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(FileError::TooLarge { path: path.to_owned(), most });
    }
    Ok(Input { bytes, metadata })
}

/// Checks that writing `output` replaces only a regular file, and not `input`, even under another name. It is fine if
/// `output` does not exist.
///
/// # Errors
///
/// Returns [`FileError::SameFile`] or [`FileError::NotRegular`].
pub fn check_output(output: &Path, input: &Path, read: &Input) -> Result<(), FileError> {
    let Ok(there) = fs::metadata(output) else { return Ok(()) };
    if (there.dev(), there.ino()) == (read.metadata.dev(), read.metadata.ino()) {
        return Err(FileError::SameFile { output: output.to_owned(), input: input.to_owned() });
    }
    if !there.is_file() {
        return Err(FileError::NotRegular { path: output.to_owned() });
    }
    Ok(())
}

/// Writes `bytes` to `path`, completely or not at all: to a temporary file in the same directory, which is then
/// renamed. The file gets the permissions of `like` for owner, group and others.
///
/// # Errors
///
/// Returns [`FileError::Write`] if it cannot be written. No temporary file remains.
pub fn write(path: &Path, bytes: &[u8], like: &Input) -> Result<(), FileError> {
    let permissions = Permissions::from_mode(like.metadata.permissions().mode() & 0o777);
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    let written = (|| {
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(bytes)?;
        file.as_file().set_permissions(permissions)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    })();
    written.map(drop).map_err(|source| FileError::Write { path: path.to_owned(), source })
}

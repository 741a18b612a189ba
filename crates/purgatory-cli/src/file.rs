//! Reads files, and writes one whole or not at all.

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

/// Why a file was not read or written.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum FileError {
    /// It is not there, or may not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// Reading a pipe or a device may never end, and replacing one is never meant.
    #[error("{} is not a regular file: name a regular file", path.display())]
    NotRegular { path: PathBuf },
    /// Reading it would take the memory of everybody else.
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
/// It is none, or cannot be read.
pub fn read(path: &Path) -> Result<Input, FileError> {
    read_up_to(path, u64::MAX)
}

/// Reads a regular file of no more than `most` bytes.
///
/// # Errors
///
/// It is none, or a larger one, or cannot be read.
pub fn read_up_to(path: &Path, most: u64) -> Result<Input, FileError> {
    let unreadable = |source| FileError::Read { path: path.to_owned(), source };
    let regular = |metadata: Metadata| {
        let not = FileError::NotRegular { path: path.to_owned() };
        metadata.is_file().then_some(metadata).ok_or(not)
    };
    // Before it is opened: to open a device may be to use it.
    regular(fs::metadata(path).map_err(unreadable)?)?;
    // Without waiting: it may be another one by now, and what reads like /proc/kmsg only looks like a file.
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

/// Makes sure that writing `output` replaces nothing but an ordinary file, and not `input`, by whatever names the two are
/// called. An `output` that does not exist is fine.
///
/// # Errors
///
/// It would.
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

/// Writes `bytes` to `path`, whole or not at all: to a file beside it that is then renamed. It gets the permissions of `like`
/// for owner, group and others.
///
/// # Errors
///
/// It cannot be written; then nothing is left behind.
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

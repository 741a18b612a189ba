//! Reads files, and writes a file completely or not at all.

use rustix::fs::OFlags;
use std::fmt;
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
    /// It is larger than the limit. `size` is a lower bound.
    #[error("{} has at least {size} bytes, more than {limit}", path.display())]
    TooLarge { path: PathBuf, size: u64, limit: Limit },
    /// The output would overwrite an input.
    #[error("{} is the same file as the input {}: name another output", output.display(), input.display())]
    SameFile { output: PathBuf, input: PathBuf },
    /// It cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// The maximum size of a file to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// 2 GiB: more than any file with a purgatory. Kernels with debugging information have less than 1 GiB.
    Purgatory,
    /// This number of bytes, the memory that is available for the file.
    Memory(u64),
}

impl Limit {
    fn bytes(self) -> u64 {
        match self {
            Self::Purgatory => 2 << 30,
            Self::Memory(bytes) => bytes,
        }
    }
}

/// The number of bytes, and what to do.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} bytes ", self.bytes())?;
        f.write_str(match self {
            Self::Purgatory => {
                "that this command reads: name a kexec binary, a kernel or a purgatory object"
            }
            Self::Memory(_) => {
                "of available memory: use a smaller file, or for a capture kernel reserve more with crashkernel="
            }
        })
    }
}

/// Reads a regular file.
///
/// # Errors
///
/// Returns a [`FileError`] if it is not a regular file, is larger than `limit`, or cannot be read.
pub fn read(path: &Path, limit: Limit) -> Result<Input, FileError> {
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
    let check = |size| {
        let too_large = FileError::TooLarge { path: path.to_owned(), size, limit };
        if size > limit.bytes() { Err(too_large) } else { Ok(()) }
    };
    check(metadata.len())?;
    // It may grow while it is read, and files of the kernel report no size.
    let mut bytes = Vec::new();
    file.take(limit.bytes().saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    check(bytes.len() as u64)?;
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
/// renamed. The file gets the permissions of `like`, except those that the umask clears, and write permission of group
/// and others: root runs the file.
///
/// # Errors
///
/// Returns [`FileError::Write`] if it cannot be written. No temporary file remains.
pub fn write(path: &Path, bytes: &[u8], like: &Input) -> Result<(), FileError> {
    // open(2) applies the umask.
    let permissions = Permissions::from_mode(like.metadata.permissions().mode() & 0o755);
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    let written = (|| {
        let mut file = tempfile::Builder::new().permissions(permissions).tempfile_in(directory)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    })();
    written.map(drop).map_err(|source| FileError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a file of the kernel, which reports a size of 0, with this limit.
    fn read_up_to(bytes: u64) -> Result<Input, FileError> {
        read(Path::new("/proc/self/status"), Limit::Memory(bytes))
    }

    #[test]
    fn limits_a_file_without_a_size() {
        assert!(!read_up_to(1 << 20).unwrap().bytes.is_empty());
        let message = "/proc/self/status has at least 11 bytes, more than the 10 bytes of available memory: use a smaller file, or for a capture kernel reserve more with crashkernel=";
        assert_eq!(read_up_to(10).unwrap_err().to_string(), message);
    }
}

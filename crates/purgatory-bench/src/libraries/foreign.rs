//! Libraries that digest many messages with the three functions of ipsec_mb.c: the wrapper of Intel's library, and our
//! scalar implementation with the blobs' flags.

#![allow(unsafe_code, reason = "calls of a library's functions")]

use crate::contender::{Contender, Verdict};
use crate::image::{self, Image, Sha256Digest};
use anyhow::{Context, Result, bail, ensure};
use libloading::Library;
use sha2::{Digest, Sha256};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ops::Range;
use std::path::Path;
use std::ptr::null;

type Open = unsafe extern "C" fn(c_int, *mut *const c_char) -> *mut c_void;
type Close = unsafe extern "C" fn(*mut c_void);
type DigestMany = unsafe extern "C" fn(
    *mut c_void,
    *const *const u8,
    *const usize,
    *mut Sha256Digest,
    usize,
) -> usize;

/// A library that digests many messages, with one of its managers.
pub(super) struct Foreign {
    close: Close,
    digest_many: DigestMany,
    /// From bench_open; not null.
    manager: *mut c_void,
    /// The maximum length of a message, in bytes.
    longest: usize,
    /// The digest of the prepared image, and the length of its messages.
    prepared: Option<(Sha256Digest, usize)>,
    expected: Vec<Sha256Digest>,
    digests: Vec<Sha256Digest>,
    messages: Vec<*const u8>,
    lengths: Vec<usize>,
    /// The last field, so it is dropped last: the pointers above are into the library.
    _library: Library,
}

impl Foreign {
    /// Loads the library in this file, and opens a manager of this kind.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be loaded, or if the library has no such manager for this CPU.
    pub(super) fn open(file: &Path, kind: c_int, longest: usize) -> Result<Self> {
        // SAFETY: these libraries have no initialisation at load.
        let library = unsafe { Library::new(file) };
        let library = library.with_context(|| format!("cannot load {}", file.display()))?;
        let open: Open = symbol(&library, "bench_open")?;
        let (close, digest_many) =
            (symbol(&library, "bench_close")?, symbol(&library, "bench_digest")?);
        let mut why = null();
        // SAFETY: `kind` is one that the library knows, and `why` may be written to.
        let manager = unsafe { open(kind, &mut why) };
        if manager.is_null() {
            ensure!(!why.is_null(), "the library returned neither a manager nor an error message");
            // SAFETY: ipsec_mb.c returns a static string.
            let why = unsafe { CStr::from_ptr(why) };
            bail!("{}", why.to_string_lossy());
        }
        Ok(Self {
            close,
            digest_many,
            manager,
            longest,
            prepared: None,
            expected: Vec::new(),
            digests: Vec::new(),
            messages: Vec::new(),
            lengths: Vec::new(),
            _library: library,
        })
    }

    fn message_bytes(&self, image: &Image) -> usize {
        image.chunk().min(self.longest)
    }

    /// Digests these messages, and returns the verdict and their bytes.
    fn digest(
        &mut self,
        image: &Image,
        memory: &[u8],
        range: Range<usize>,
    ) -> Result<(Verdict, usize)> {
        self.messages.clear();
        self.lengths.clear();
        let messages = image.messages_of(memory, self.message_bytes(image));
        for message in messages.skip(range.start).take(range.len()) {
            self.messages.push(message.as_ptr());
            self.lengths.push(message.len());
        }
        let count = self.messages.len();
        ensure!(range.len() == count, "the contender was prepared for another image");
        let (messages, lengths) = (self.messages.as_ptr(), self.lengths.as_ptr());
        let actual = &mut self.digests[range.clone()];
        let digests = actual.as_mut_ptr();
        // SAFETY: there are `count` messages, lengths and digests; the library reads only the messages, whose memory
        // is borrowed here, and writes only the digests.
        let done = unsafe { (self.digest_many)(self.manager, messages, lengths, digests, count) };
        ensure!(done == count, "the library digested only {done} of {count} messages");
        Ok((Verdict::of(&self.expected[range], actual), self.lengths.iter().sum()))
    }
}

/// Returns a function of the library. `T` must be its type.
fn symbol<T: Copy>(library: &Library, name: &str) -> Result<T> {
    // SAFETY: the types above are those of ipsec_mb.c, name by name.
    let found = unsafe { library.get::<T>(name) };
    found.map(|symbol| *symbol).with_context(|| format!("the library has no {name}"))
}

impl Contender for Foreign {
    fn prepare(&mut self, image: &Image, memory: &[u8]) -> Result<()> {
        let bytes = self.message_bytes(image);
        let this = Some((*image.stream(), bytes));
        if self.prepared != this {
            self.prepared = this;
            let digests = image.messages_of(memory, bytes).map(Sha256::digest);
            self.expected = digests.map(Sha256Digest::from).collect();
        }
        self.digests = vec![Sha256Digest::default(); self.expected.len()];
        self.messages.reserve(self.expected.len());
        self.lengths.reserve(self.expected.len());
        Ok(())
    }

    fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict> {
        Ok(self.digest(image, memory, 0..self.expected.len())?.0)
    }

    fn parts(&self, image: &Image) -> usize {
        image::parts(self.expected.len(), self.message_bytes(image))
    }

    fn run_part(&mut self, image: &Image, memory: &[u8], part: usize) -> Result<(Verdict, usize)> {
        let messages = image::part(part, self.expected.len(), self.message_bytes(image));
        self.digest(image, memory, messages)
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // SAFETY: the manager is from bench_open, and is not used any more.
        unsafe { (self.close)(self.manager) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(file: &str) -> String {
        Foreign::open(Path::new(file), 0, 1).err().expect(file).to_string()
    }

    #[test]
    fn rejects_a_file_that_is_not_a_library() {
        assert_eq!(error_of("/etc/passwd"), "cannot load /etc/passwd");
    }

    #[test]
    fn rejects_another_library() {
        assert_eq!(error_of("libc.so.6"), "the library has no bench_open");
    }
}

//! Intel's multi-buffer library, through the functions of ipsec_mb.c, which `cargo xtask bench` compiles.

#![allow(unsafe_code, reason = "calls of a library's functions")]

use crate::contender::{Candidate, Contender, Verdict};
use crate::image::{Image, Sha256Digest};
use anyhow::{Context, Result, bail, ensure};
use libloading::Library;
use sha2::{Digest, Sha256};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::null;

/// The longest message whose lanes the library is made for, in whole blocks: its README has a limit of 65,528 bytes, eight
/// less than our chunks.
const LONGEST: usize = 65_528 / 64 * 64;

/// The rows' names, in the order of `enum kind` in ipsec_mb.c.
const KINDS: [&str; 5] =
    ["ipsec-mb-sse", "ipsec-mb-sha-ni", "ipsec-mb-avx", "ipsec-mb-avx2", "ipsec-mb-avx512"];

type Open = unsafe extern "C" fn(c_int, *mut *const c_char) -> *mut c_void;
type Close = unsafe extern "C" fn(*mut c_void);
type DigestMany = unsafe extern "C" fn(
    *mut c_void,
    *const *const u8,
    *const usize,
    *mut Sha256Digest,
    usize,
) -> usize;

/// A contender for each set of instructions.
pub(super) fn candidates(file: &Path) -> Vec<Candidate> {
    let candidate = |(kind, name): (c_int, &str)| Candidate {
        name: name.to_owned(),
        contender: IpsecMb::open(file, kind).map(|contender| Box::new(contender) as _),
    };
    (0..).zip(KINDS).map(candidate).collect()
}

/// One manager of the library.
struct IpsecMb {
    close: Close,
    digest_many: DigestMany,
    /// From bench_open; not null.
    manager: *mut c_void,
    /// The image that `expected` is of, and the length of its messages.
    prepared: Option<(Sha256Digest, usize)>,
    expected: Vec<Sha256Digest>,
    digests: Vec<Sha256Digest>,
    messages: Vec<*const u8>,
    lengths: Vec<usize>,
    /// Last, so that it is dropped last: all of the above leads into it.
    _library: Library,
}

impl IpsecMb {
    fn open(file: &Path, kind: c_int) -> Result<Self> {
        // SAFETY: neither the library nor what was compiled around it initialises anything when loaded.
        let library = unsafe { Library::new(file) };
        let library = library.with_context(|| format!("cannot load {}", file.display()))?;
        let open: Open = symbol(&library, "bench_open")?;
        let mut why = null();
        // SAFETY: `kind` is one of the enumeration, and `why` may be written to.
        let manager = unsafe { open(kind, &mut why) };
        if manager.is_null() {
            ensure!(!why.is_null(), "the library gives no manager and no reason");
            // SAFETY: a string that lives for ever, says ipsec_mb.c.
            let why = unsafe { CStr::from_ptr(why) };
            bail!("{}", why.to_string_lossy());
        }
        Ok(Self {
            close: symbol(&library, "bench_close")?,
            digest_many: symbol(&library, "bench_digest")?,
            manager,
            prepared: None,
            expected: Vec::new(),
            digests: Vec::new(),
            messages: Vec::new(),
            lengths: Vec::new(),
            _library: library,
        })
    }
}

/// A function of the library. `T` must be its type.
fn symbol<T: Copy>(library: &Library, name: &str) -> Result<T> {
    // SAFETY: the types above are those of ipsec_mb.c, name by name.
    let found = unsafe { library.get::<T>(name) };
    found.map(|symbol| *symbol).with_context(|| format!("the library has no {name}"))
}

impl Contender for IpsecMb {
    fn prepare(&mut self, image: &Image, memory: &[u8]) -> Result<()> {
        let bytes = image.chunk().min(LONGEST);
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
        self.messages.clear();
        self.lengths.clear();
        for message in image.messages_of(memory, image.chunk().min(LONGEST)) {
            self.messages.push(message.as_ptr());
            self.lengths.push(message.len());
        }
        let count = self.messages.len();
        ensure!(self.digests.len() == count, "it was prepared for another image");
        let (messages, lengths) = (self.messages.as_ptr(), self.lengths.as_ptr());
        let digests = self.digests.as_mut_ptr();
        // SAFETY: there are `count` messages, lengths and digests; the library reads the messages alone, of the memory that
        // is borrowed here, and writes the digests alone.
        let done = unsafe { (self.digest_many)(self.manager, messages, lengths, digests, count) };
        ensure!(done == count, "the library has digested {done} messages of {count}");
        Ok(Verdict::of(&self.expected, &self.digests))
    }
}

impl Drop for IpsecMb {
    fn drop(&mut self) {
        // SAFETY: the manager is bench_open's, and nobody has it any more.
        unsafe { (self.close)(self.manager) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_library_every_row_says_so() {
        let candidates = candidates(Path::new("/etc/passwd"));
        let names: Vec<&str> = candidates.iter().map(|candidate| &candidate.name[..]).collect();
        assert_eq!(names, KINDS);
        for candidate in candidates {
            let error = candidate.contender.err().unwrap().to_string();
            assert_eq!(error, "cannot load /etc/passwd");
        }
    }

    #[test]
    fn another_library_is_refused() {
        let error = IpsecMb::open(Path::new("libc.so.6"), 0).err().unwrap().to_string();
        assert_eq!(error, "the library has no bench_open");
    }
}

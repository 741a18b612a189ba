//! OpenSSL, one stream: the library that a distribution ships, found when the bench starts.
//!
//! Source of the functions: OpenSSL 3, EVP_DigestInit(3).

#![allow(unsafe_code, reason = "calls of a library's functions")]

use crate::contender::{Contender, Verdict};
use crate::image::{Image, Sha256Digest};
use anyhow::{Context, Result, ensure};
use libloading::Library;
use std::ffi::{c_int, c_uint, c_void};
use std::path::Path;
use std::ptr::null_mut;

type New = unsafe extern "C" fn() -> *mut c_void;
type Free = unsafe extern "C" fn(*mut c_void);
type Algorithm = unsafe extern "C" fn() -> *const c_void;
type Init = unsafe extern "C" fn(*mut c_void, *const c_void, *mut c_void) -> c_int;
type Update = unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> c_int;
type Final = unsafe extern "C" fn(*mut c_void, *mut u8, *mut c_uint) -> c_int;

/// libcrypto, with a context for digests.
pub(super) struct Openssl {
    free: Free,
    init: Init,
    update: Update,
    finish: Final,
    /// From EVP_MD_CTX_new; not null.
    context: *mut c_void,
    /// From EVP_sha256; not null.
    sha256: *const c_void,
    /// Last, so that it is dropped last: all of the above leads into it.
    _library: Library,
}

impl Openssl {
    /// Loads the library in this file.
    ///
    /// # Errors
    /// It cannot be loaded, or is not OpenSSL 3.
    pub(super) fn open(file: &Path) -> Result<Self> {
        // SAFETY: OpenSSL's initialisation asks nothing of its caller.
        let library = unsafe { Library::new(file) };
        let library = library.with_context(|| format!("cannot load {}", file.display()))?;
        let new: New = symbol(&library, "EVP_MD_CTX_new")?;
        let algorithm: Algorithm = symbol(&library, "EVP_sha256")?;
        // SAFETY: takes nothing.
        let context = unsafe { new() };
        // SAFETY: takes nothing; what it returns is static.
        let sha256 = unsafe { algorithm() };
        ensure!(!context.is_null() && !sha256.is_null(), "OpenSSL has no SHA-256 for us");
        Ok(Self {
            free: symbol(&library, "EVP_MD_CTX_free")?,
            init: symbol(&library, "EVP_DigestInit_ex")?,
            update: symbol(&library, "EVP_DigestUpdate")?,
            finish: symbol(&library, "EVP_DigestFinal_ex")?,
            context,
            sha256,
            _library: library,
        })
    }
}

/// A function of a library. `T` must be its type.
fn symbol<T: Copy>(library: &Library, name: &str) -> Result<T> {
    // SAFETY: the types above are those of OpenSSL's manual, name by name.
    let found = unsafe { library.get::<T>(name) };
    found.map(|symbol| *symbol).with_context(|| format!("the library has no {name}"))
}

impl Contender for Openssl {
    fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict> {
        let mut digest = Sha256Digest::default();
        // SAFETY: both pointers are the library's own; no implementation is wanted.
        let mut good = unsafe { (self.init)(self.context, self.sha256, null_mut()) } == 1;
        for segment in image.segments() {
            let bytes = &memory[segment.range.clone()];
            // SAFETY: the context is initialised; the library reads these bytes and no others.
            good &= unsafe { (self.update)(self.context, bytes.as_ptr().cast(), bytes.len()) } == 1;
        }
        // SAFETY: the context is initialised, and a digest has room for what SHA-256 gives; nobody asks for its length.
        good &= unsafe { (self.finish)(self.context, digest.as_mut_ptr(), null_mut()) } == 1;
        ensure!(good, "OpenSSL reports an error");
        Ok(Verdict::of(image.stream(), &digest))
    }
}

impl Drop for Openssl {
    fn drop(&mut self) {
        // SAFETY: the context is EVP_MD_CTX_new's, and nobody has it any more.
        unsafe { (self.free)(self.context) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_library_is_refused() {
        let error = Openssl::open(Path::new("/etc/passwd")).err().unwrap().to_string();
        assert_eq!(error, "cannot load /etc/passwd");
    }

    #[test]
    fn another_library_is_refused() {
        let error = Openssl::open(Path::new("libc.so.6")).err().unwrap().to_string();
        assert_eq!(error, "the library has no EVP_MD_CTX_new");
    }
}

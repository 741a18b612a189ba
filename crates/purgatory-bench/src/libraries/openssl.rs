//! OpenSSL, one stream: the library of a distribution, loaded when the bench starts.
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
    /// The last field, so it is dropped last: the pointers above are into the library.
    _library: Library,
}

impl Openssl {
    /// Loads the library in this file.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be loaded, or is not OpenSSL 3.
    pub(super) fn open(file: &Path) -> Result<Self> {
        // SAFETY: OpenSSL's initialisation has no requirements.
        let library = unsafe { Library::new(file) };
        let library = library.with_context(|| format!("cannot load {}", file.display()))?;
        let new: New = symbol(&library, "EVP_MD_CTX_new")?;
        let algorithm: Algorithm = symbol(&library, "EVP_sha256")?;
        // SAFETY: the function has no arguments.
        let context = unsafe { new() };
        // SAFETY: the function has no arguments; its result is static.
        let sha256 = unsafe { algorithm() };
        ensure!(
            !context.is_null() && !sha256.is_null(),
            "OpenSSL returned no digest context or no SHA-256"
        );
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

/// Returns a function of a library. `T` must be its type.
fn symbol<T: Copy>(library: &Library, name: &str) -> Result<T> {
    // SAFETY: the types above are those of OpenSSL's manual, name by name.
    let found = unsafe { library.get::<T>(name) };
    found.map(|symbol| *symbol).with_context(|| format!("the library has no {name}"))
}

impl Contender for Openssl {
    fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict> {
        let mut digest = Sha256Digest::default();
        // SAFETY: both pointers are from the library; a null engine selects the default.
        let mut good = unsafe { (self.init)(self.context, self.sha256, null_mut()) } == 1;
        for segment in image.segments() {
            let bytes = &memory[segment.range.clone()];
            // SAFETY: the context is initialised; the library reads these bytes and no others.
            good &= unsafe { (self.update)(self.context, bytes.as_ptr().cast(), bytes.len()) } == 1;
        }
        // SAFETY: the context is initialised, and the buffer has the size of a SHA-256 digest; its length is not
        // requested.
        good &= unsafe { (self.finish)(self.context, digest.as_mut_ptr(), null_mut()) } == 1;
        ensure!(good, "OpenSSL reports an error");
        Ok(Verdict::of(image.stream(), &digest))
    }
}

impl Drop for Openssl {
    fn drop(&mut self) {
        // SAFETY: the context is from EVP_MD_CTX_new, and is not used any more.
        unsafe { (self.free)(self.context) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_a_file_that_is_not_a_library() {
        let error = Openssl::open(Path::new("/etc/passwd")).err().unwrap().to_string();
        assert_eq!(error, "cannot load /etc/passwd");
    }

    #[test]
    fn rejects_another_library() {
        let error = Openssl::open(Path::new("libc.so.6")).err().unwrap().to_string();
        assert_eq!(error, "the library has no EVP_MD_CTX_new");
    }
}

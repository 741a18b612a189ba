//! The scalar implementation of `purgatory_sha256`, as a library that is built with the blobs' flags.
//!
//! On a host, sha2 detects SHA-NI itself unless the whole program is built with `--cfg sha2_backend="soft"`.
//! `purgatory-bench` is built without this flag, because it also measures the default sha2. So `cargo xtask bench`
//! builds this library with the blobs' flags. Its functions have the signatures of libraries/ipsec_mb.c, and
//! libraries/foreign.rs calls them.

#![allow(unsafe_code, reason = "functions for a program that loads this library at run time")]

use purgatory_sha256::{Implementation, Instructions, digest_many};
use std::ffi::{c_char, c_int, c_void};
use std::ptr::NonNull;
use std::slice;

/// Returns a manager, a non-null pointer that is never dereferenced.
#[unsafe(no_mangle)]
pub extern "C" fn bench_open(_kind: c_int, _why: *mut *const c_char) -> *mut c_void {
    NonNull::dangling().as_ptr()
}

/// Does nothing.
#[unsafe(no_mangle)]
pub extern "C" fn bench_close(_manager: *mut c_void) {}

/// Digests `count` messages, message i into digests\[i\], and returns the number of digested messages.
///
/// # Safety
/// There are `count` lengths, digests, and messages of these lengths, and no other thread writes to them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bench_digest(
    _manager: *mut c_void,
    messages: *const *const u8,
    lengths: *const usize,
    digests: *mut [u8; 32],
    count: usize,
) -> usize {
    // SAFETY: the caller guarantees `count` elements.
    let messages = unsafe { slice::from_raw_parts(messages, count) };
    // SAFETY: the same.
    let lengths = unsafe { slice::from_raw_parts(lengths, count) };
    // SAFETY: the same, and no other code accesses them meanwhile.
    let digests = unsafe { slice::from_raw_parts_mut(digests, count) };
    let message = |(start, length): (&*const u8, &usize)| {
        // SAFETY: the caller guarantees the messages' lengths.
        unsafe { slice::from_raw_parts(*start, *length) }
    };
    let mut done = 0;
    if let Some(scalar) = Implementation::ranked(Instructions::default()).last() {
        digest_many(scalar, messages.iter().zip(lengths).map(message), |index, digest| {
            digests[index] = digest;
            done += 1;
        });
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::null_mut;

    fn digests(messages: &[&[u8]]) -> Vec<[u8; 32]> {
        let starts: Vec<*const u8> = messages.iter().map(|message| message.as_ptr()).collect();
        let lengths: Vec<usize> = messages.iter().map(|message| message.len()).collect();
        let mut digests = vec![[0; 32]; messages.len()];
        let (starts, lengths, to) = (starts.as_ptr(), lengths.as_ptr(), digests.as_mut_ptr());
        // SAFETY: as many of each as there are messages.
        let done = unsafe { bench_digest(null_mut(), starts, lengths, to, messages.len()) };
        assert_eq!(done, messages.len());
        digests
    }

    #[test]
    fn digests_match_the_test_vector_and_differ() {
        // FIPS 180-2, appendix B.1: the digest's first bytes.
        let digests = digests(&[b"abc", b"abd"]);
        assert_eq!(digests[0][..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_ne!(digests[0], digests[1]);
    }
}

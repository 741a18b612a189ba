//! The scalar implementation of `purgatory_sha256` as the blobs have it, in a library of its own.
//!
//! On a host, sha2 finds SHA-NI by itself unless the whole program is built with `--cfg sha2_backend="soft"`, and the
//! program that measures is not: it measures sha2 as it is, too. `cargo xtask bench` builds this with the flags of the
//! blobs. The functions are those of libraries/ipsec_mb.c, and libraries/foreign.rs calls them.

#![allow(unsafe_code, reason = "functions for a program that is linked when it runs")]

use purgatory_sha256::{Implementation, Instructions, digest_many};
use std::ffi::{c_char, c_int, c_void};
use std::ptr::NonNull;
use std::slice;

/// A manager, of which nobody asks more than that it is not null.
#[unsafe(no_mangle)]
pub extern "C" fn bench_open(_kind: c_int, _why: *mut *const c_char) -> *mut c_void {
    NonNull::dangling().as_ptr()
}

/// Nothing is to be done.
#[unsafe(no_mangle)]
pub extern "C" fn bench_close(_manager: *mut c_void) {}

/// Digests `count` messages, message i into digests\[i\], and returns how many it has done.
///
/// # Safety
/// There are `count` lengths, digests, and messages of these lengths, and nobody else writes to any of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bench_digest(
    _manager: *mut c_void,
    messages: *const *const u8,
    lengths: *const usize,
    digests: *mut [u8; 32],
    count: usize,
) -> usize {
    // SAFETY: the caller has `count` of them.
    let messages = unsafe { slice::from_raw_parts(messages, count) };
    // SAFETY: the same.
    let lengths = unsafe { slice::from_raw_parts(lengths, count) };
    // SAFETY: the same, and nobody else uses them meanwhile.
    let digests = unsafe { slice::from_raw_parts_mut(digests, count) };
    let message = |(start, length): (&*const u8, &usize)| {
        // SAFETY: the caller's messages are as long as it says.
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
    fn a_message_has_its_digest_and_another_one_has_another() {
        // FIPS 180-2, appendix B.1: the digest's first bytes.
        let digests = digests(&[b"abc", b"abd"]);
        assert_eq!(digests[0][..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_ne!(digests[0], digests[1]);
    }
}

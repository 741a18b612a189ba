//! SHA-256 without a purgatory: our implementations, and the libraries that they are compared with.
//!
//! | module | rows |
//! | --- | --- |
//! | `implementations` | every implementation of `purgatory_sha256` |
//! | `foreign` | none itself: calls libraries that digest many messages, loaded when the bench starts |
//! | `streams` | sha2 and BLAKE3, one stream |
//! | `openssl` | OpenSSL's SHA-256, one stream |
//! | `ipsec_mb` | Intel's multi-buffer library, a row for each set of instructions |

mod foreign;
mod implementations;
mod ipsec_mb;
mod openssl;
mod streams;

use crate::contender::Candidate;
use crate::input::Sources;

/// Returns all implementations and libraries as candidates.
#[must_use]
pub fn candidates(sources: &Sources) -> Vec<Candidate> {
    let mut all = implementations::candidates(&sources.scalar);
    all.push(Candidate::new("sha2", Ok(streams::Sha2)));
    all.push(Candidate::new("openssl", openssl::Openssl::open(&sources.libcrypto)));
    all.extend(ipsec_mb::candidates(&sources.ipsec_mb));
    all.push(Candidate::new("blake3", Ok(streams::Blake3::default())));
    all
}

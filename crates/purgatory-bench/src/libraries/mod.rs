//! What digests without a purgatory around it: our backends, and the libraries that they are held against.
//!
//! | module | rows |
//! | --- | --- |
//! | `backends` | every backend of `purgatory_sha256` |
//! | `foreign` | none: libraries that digest many messages, loaded when the bench starts |
//! | `streams` | sha2 and BLAKE3, one stream |
//! | `openssl` | OpenSSL's SHA-256, one stream |
//! | `ipsec_mb` | Intel's multi-buffer library, a row for each set of instructions |

mod backends;
mod foreign;
mod ipsec_mb;
mod openssl;
mod streams;

use crate::contender::{Candidate, Contender};
use crate::sources::Sources;
use anyhow::Result;

/// All of them.
#[must_use]
pub fn candidates(sources: &Sources) -> Vec<Candidate> {
    let boxed = |name: &str, contender: Result<Box<dyn Contender>>| Candidate {
        name: name.to_owned(),
        contender,
    };
    let mut all = backends::candidates(&sources.scalar);
    all.push(boxed("sha2", Ok(Box::new(streams::Sha2))));
    let openssl = openssl::Openssl::open(&sources.libcrypto);
    all.push(boxed("openssl", openssl.map(|contender| Box::new(contender) as _)));
    all.extend(ipsec_mb::candidates(&sources.ipsec_mb));
    all.push(boxed("blake3", Ok(Box::new(streams::Blake3::default()))));
    all
}

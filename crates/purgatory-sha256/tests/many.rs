//! Many messages at once: what the sha2 crate says of each.

use purgatory_sha256::{Backend, digest_many};
use sha2::{Digest, Sha256};

#[test]
fn messages_of_all_lengths_get_their_own_digests() {
    let bytes: Vec<u8> = (0..4096u32).map(|n| (n * n >> 3) as u8).collect();
    for backend in Backend::detected() {
        let messages: Vec<&[u8]> =
            (0..200).map(|n| &bytes[n % 64..n % 64 + n * 17 % 3000]).collect();
        let mut digests = vec![None; messages.len()];
        digest_many(backend, messages.iter().copied(), |index, digest| {
            assert_eq!(digests[index].replace(digest), None);
        });
        for (message, digest) in messages.iter().zip(&digests) {
            assert_eq!(
                digest.expect("a digest")[..],
                Sha256::digest(message)[..],
                "{}",
                backend.name()
            );
        }
        assert!(backend.known_answer());
    }
}

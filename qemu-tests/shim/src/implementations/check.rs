//! Every implementation against known digests: NIST's, and those of another implementation for messages of any shape.

use alloc::vec;
use alloc::vec::Vec;

use boot_shim::sha256::shapes;
use boot_shim::sha256::vectors::{Digest, Known, Vectors};
use purgatory_sha256::{Implementation, Instructions, digest_many};
use sha2::Digest as _;

use crate::debugcon::say;

/// How many of the 100 checkpoints of NIST's chain are gone to: each is 1,000 digests away from the one before.
const CHECKPOINTS: usize = 2;
const DIGESTS_A_CHECKPOINT: usize = 1000;

/// An implementation, and the results so far.
struct Row {
    implementation: Implementation,
    /// Messages that it digested.
    messages: usize,
    /// Those of them whose digests were wrong.
    wrong: usize,
}

/// Checks every implementation that runs with these instructions, and reports each result. Returns whether all were
/// right.
///
/// `broken`: with a bit flipped in one of NIST's messages and in one of any shape.
pub(crate) fn run(instructions: Instructions, mut vectors: Vectors, broken: bool) -> bool {
    let ranked = Implementation::ranked(instructions);
    let mut rows: Vec<Row> =
        ranked.map(|implementation| Row { implementation, messages: 0, wrong: 0 }).collect();
    if broken && let Some(byte) = last_byte(&mut vectors.known) {
        *byte ^= 1;
    }
    for row in &mut rows {
        row.known(&vectors.known);
        row.chain(vectors.seed, &vectors.checkpoints);
    }
    for mut messages in shapes::sets() {
        let expected: Vec<Digest> =
            messages.iter().map(|message| sha2::Sha256::digest(message).into()).collect();
        if broken && expected.len() == shapes::MAX_COUNT {
            messages.flip();
        }
        for row in &mut rows {
            row.compare("shape", messages.iter(), &expected);
        }
    }
    for Row { implementation, messages, wrong } in &rows {
        let how = if *wrong == 0 { "ok" } else { "wrong" };
        say!("sha256: {} {how} messages={messages} wrong={wrong}", implementation.name());
    }
    say!("sha256: implementations={}", rows.len());
    rows.iter().all(|row| row.wrong == 0)
}

/// The last byte of the last message that has one.
fn last_byte(known: &mut [Known]) -> Option<&mut u8> {
    known.iter_mut().rev().find_map(|known| known.message.last_mut())
}

impl Row {
    /// NIST's messages, all at once.
    fn known(&mut self, known: &[Known]) {
        let expected: Vec<Digest> = known.iter().map(|known| known.digest).collect();
        self.compare("nist", known.iter().map(|known| known.message.as_slice()), &expected);
    }

    /// NIST's chain of digests, the same in as many messages as the implementation has in hand at once: each link is
    /// the digest of the last three (SHAVS, section 6.4).
    fn chain(&mut self, seed: Digest, checkpoints: &[Digest]) {
        let lanes = self.implementation.lanes();
        let mut at = seed;
        for checkpoint in checkpoints.iter().take(CHECKPOINTS) {
            let mut last_three = vec![[at; 3]; lanes];
            for _ in 0..DIGESTS_A_CHECKPOINT {
                let mut digests = vec![at; lanes];
                let messages = last_three.iter().map(|three| three.as_flattened());
                digest_many(self.implementation, messages, |index, digest| digests[index] = digest);
                for (three, digest) in last_three.iter_mut().zip(digests) {
                    three.rotate_left(1);
                    three[2] = digest;
                }
            }
            for (lane, three) in last_three.iter().enumerate() {
                self.note("chain", lane, lanes, 3 * checkpoint.len(), three[2] == *checkpoint);
            }
            at = *checkpoint;
        }
    }

    /// Digests the messages at once, and compares.
    fn compare<'m>(
        &mut self,
        what: &str,
        messages: impl Iterator<Item = &'m [u8]> + Clone,
        expected: &[Digest],
    ) {
        let mut found = vec![None; expected.len()];
        digest_many(self.implementation, messages.clone(), |index, digest| {
            found[index] = Some(digest)
        });
        for (index, (message, expected)) in messages.zip(expected).enumerate() {
            let is_right = found[index] == Some(*expected);
            self.note(what, index, found.len(), message.len(), is_right);
        }
    }

    fn note(&mut self, what: &str, index: usize, of: usize, bytes: usize, is_right: bool) {
        self.messages += 1;
        if !is_right {
            self.wrong += 1;
            let name = self.implementation.name();
            say!("sha256: wrong digest: {name} {what}: message {index} of {of}, {bytes} bytes");
        }
    }
}

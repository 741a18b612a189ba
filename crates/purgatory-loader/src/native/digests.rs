//! SHA-256 of chunks: with `std`, in two threads.

use alloc::vec;
use alloc::vec::Vec;
use purgatory_abi::DIGEST_BYTES;
use purgatory_sha256::{Implementation, digest_many};

/// A SHA-256 digest.
pub(super) type Digest = [u8; DIGEST_BYTES];

/// Chunks between two reports of progress: 4 MiB, some milliseconds of work.
const BATCH: usize = 64;

/// Returns the digest of one message.
pub(super) fn digest(implementation: Implementation, message: &[u8]) -> Digest {
    let mut found = [0; DIGEST_BYTES];
    digest_many(implementation, [message], |_, digest| found = digest);
    found
}

/// Returns the digest of each chunk, in order. `progress` is called often, with the number of digested bytes and the
/// total; the last call has the total twice.
pub(super) fn digests(
    implementation: Implementation,
    chunks: &[&[u8]],
    mut progress: impl FnMut(u64, u64),
) -> Vec<Digest> {
    let all = bytes(chunks);
    let mut digests = vec![[0; DIGEST_BYTES]; chunks.len()];
    let batches = chunks.chunks(BATCH).zip(digests.chunks_mut(BATCH));
    every(implementation, batches, |done| progress(done, all));
    progress(all, all);
    digests
}

/// Returns the number of bytes in these chunks.
fn bytes(chunks: &[&[u8]]) -> u64 {
    chunks.iter().map(|chunk| chunk.len() as u64).sum()
}

/// Digests a batch. Returns its number of bytes.
fn batch(implementation: Implementation, chunks: &[&[u8]], digests: &mut [Digest]) -> u64 {
    digest_many(implementation, chunks.iter().copied(), |index, digest| digests[index] = digest);
    bytes(chunks)
}

/// Digests every batch. `tell` is called with the number of digested bytes.
#[cfg(not(feature = "std"))]
fn every<'b>(
    implementation: Implementation,
    batches: impl Iterator<Item = (&'b [&'b [u8]], &'b mut [Digest])>,
    mut tell: impl FnMut(u64),
) {
    let mut done = 0;
    for (chunks, digests) in batches {
        done += batch(implementation, chunks, digests);
        tell(done);
    }
}

/// Digests every batch, in two threads if the machine has a second CPU. Two threads already use the full memory
/// bandwidth. `tell` is called in this thread, with the number of bytes that both have digested.
#[cfg(feature = "std")]
fn every<'b>(
    implementation: Implementation,
    batches: impl Iterator<Item = (&'b [&'b [u8]], &'b mut [Digest])> + Send,
    tell: impl FnMut(u64),
) {
    use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
    use std::sync::{Mutex, PoisonError};
    use std::thread;

    let (batches, done) = (Mutex::new(batches), AtomicU64::new(0));
    // A panic with the lock held leaves no batch half done.
    let next = || batches.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = |tell: &mut dyn FnMut(u64)| {
        while let Some((chunks, digests)) = next() {
            let bytes = batch(implementation, chunks, digests);
            tell(done.fetch_add(bytes, Relaxed) + bytes);
        }
    };
    let processors = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        if processors > 1 {
            // If no thread can be started, this one digests everything.
            let _ = thread::Builder::new().spawn_scoped(scope, || work(&mut |_| {}));
        }
        let mut tell = tell;
        work(&mut tell);
    });
}

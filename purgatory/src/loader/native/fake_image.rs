//! A fake image of the native contract, as a loader leaves it in memory.
//!
//! Every number is written to its offset directly, and the sha2 crate computes the digests. So an error in the code
//! under test cannot hide in the fixture.

use super::{RawTables, plan};
use crate::memory::fake::Pieces;
use crate::plan::{Chunks, Plan};
use purgatory_abi::Region;
use purgatory_abi::native::Header;
use sha2::{Digest, Sha256};
use zerocopy::FromBytes;

/// The memory of the purgatory.
pub(crate) const OWN: Region = Region { start: 0x9000, len: 0x4000 };

/// The address of the list.
pub(crate) const LIST: u64 = OWN.start + OWN.len;

/// The address of the kernel, and of its entry.
pub(crate) const KERNEL: u64 = 0x100_0000;

/// Bytes in a chunk.
pub(crate) const CHUNK: usize = 65_536;

/// Offsets of fields of the header.
pub(crate) const KNOWN: usize = 48;
pub(crate) const FLAGS: usize = 56;
pub(crate) const REGISTERS: usize = 64;
pub(crate) const RIP: usize = REGISTERS + 16 * 8;
pub(crate) const LIST_AT: usize = 200;
pub(crate) const POLICY: usize = 280;
pub(crate) const CONSOLES: usize = 288;
pub(crate) const COPIES_AT: usize = 352;
pub(crate) const ELFCOREHDR_DIGEST_AT: usize = 368;
const HEADER_DIGEST: usize = 16;
const LIST_DIGEST: usize = 216;
const CODE_DIGEST: usize = 248;

/// Bytes of the header.
pub(crate) const HEADER_BYTES: usize = 400;

/// A loaded segment.
pub(crate) struct FakeSegment {
    pub(crate) kind: u8,
    pub(crate) verified: u8,
    pub(crate) address: u64,
    pub(crate) payload: Vec<u8>,
    pub(crate) zeros: usize,
}

/// A kernel with this payload.
pub(crate) fn kernel(payload: impl Into<Vec<u8>>) -> FakeSegment {
    FakeSegment { kind: 1, verified: 1, address: KERNEL, payload: payload.into(), zeros: 0 }
}

/// A purgatory with its header, its code, its list, and all segments.
pub(crate) struct FakeImage {
    pub(crate) header: [u8; HEADER_BYTES],
    pub(crate) code: Vec<u8>,
    /// The list, and then each segment together with its zero padding.
    pub(crate) memory: Pieces,
}

impl FakeImage {
    /// Returns the image with these segments and the purgatory's own.
    pub(crate) fn with(segments: &[FakeSegment]) -> Self {
        let (mut entries, mut digests) = (Vec::new(), Vec::new());
        for FakeSegment { kind, verified, address, payload, zeros } in segments {
            let first = if *verified == 0 { 0 } else { digests.len() };
            let numbers = [payload.len(), *zeros, first].map(|number| number as u64);
            entries.push(entry(*kind, *verified, *address, numbers));
            if *verified != 0 {
                digests.extend(payload.chunks(CHUNK).map(sha256));
            }
        }
        let bytes = OWN.len as usize + 16 + 40 * (entries.len() + 1) + 32 * digests.len();
        entries.push(entry(6, 0, OWN.start, [bytes as u64, 0, 0]));

        let mut memory = Pieces::default().with(LIST, list(&entries, &digests));
        for FakeSegment { address, payload, zeros, .. } in segments {
            memory = memory.with(*address, [payload.as_slice(), &vec![0; *zeros]].concat());
        }
        let mut image = Self { header: [0; HEADER_BYTES], code: vec![0x90; 1000], memory };
        image.header[..16].copy_from_slice(b"PURGATRY\x01\0\0\0\x90\x01\0\0");
        image.set(RIP, KERNEL);
        image.set(LIST_AT, LIST);
        image.seal();
        image
    }

    /// Returns the image that most tests start from. Slots 0 to 3 are a kernel of two and a half chunks with zero
    /// padding, an initrd of exactly one chunk, an elfcorehdr, and a segment of only zero padding. Slot 4 is the
    /// purgatory's own.
    pub(crate) fn sample() -> Self {
        Self::with(&[
            FakeSegment { zeros: 5000, ..kernel(vec![1; 2 * CHUNK + CHUNK / 2]) },
            FakeSegment { kind: 2, address: 0x200_0000, ..kernel(vec![2; CHUNK]) },
            FakeSegment { kind: 5, verified: 0, address: 0x300_0000, ..kernel(vec![3; 4096]) },
            FakeSegment { kind: 8, address: 0x400_0000, zeros: 300, ..kernel([]) },
        ])
    }

    /// Changes a number of the header.
    pub(crate) fn set(&mut self, at: usize, number: u64) {
        self.header[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }

    /// Returns the list's bytes.
    pub(crate) fn list(&mut self) -> &mut Vec<u8> {
        &mut self.memory.0[0].1
    }

    /// Returns a segment's bytes, zero padding included.
    pub(crate) fn segment(&mut self, slot: usize) -> &mut Vec<u8> {
        &mut self.memory.0[1 + slot].1
    }

    /// Updates all digests of the purgatory's own parts, and the length of the list.
    pub(crate) fn seal(&mut self) {
        let list = self.list().clone();
        self.set(LIST_AT + 8, list.len() as u64);
        self.header[LIST_DIGEST..][..32].copy_from_slice(&sha256(&list));
        let code = sha256(&self.code);
        self.header[CODE_DIGEST..][..32].copy_from_slice(&code);
        self.seal_header();
    }

    /// Updates only the header's digest.
    pub(crate) fn seal_header(&mut self) {
        let header = sha256(&self.header[KNOWN..]);
        self.header[HEADER_DIGEST..][..32].copy_from_slice(&header);
    }

    /// Calls `then` with the plan for this image.
    pub(crate) fn with_plan<T>(&self, then: impl FnOnce(&Plan<'_, Chunks<'_>>) -> T) -> T {
        self.with_plan_repaired(0, then)
    }

    /// Calls `then` with the plan for this image after a repair with this result.
    pub(crate) fn with_plan_repaired<T>(
        &self,
        repaired: u64,
        then: impl FnOnce(&Plan<'_, Chunks<'_>>) -> T,
    ) -> T {
        let header = Header::read_from_bytes(&self.header).expect("400 bytes");
        then(&plan(
            &RawTables { header: &header, code: &self.code, repaired, sha_ni: None },
            OWN,
            &self.memory,
        ))
    }
}

/// Returns a list of these entries and digests. Its allocation is aligned to sixteen bytes, more than a list needs.
pub(crate) fn list(entries: &[[u8; 40]], digests: &[[u8; 32]]) -> Vec<u8> {
    let mut list = Vec::new();
    list.extend((entries.len() as u32).to_le_bytes());
    list.extend(65_536u32.to_le_bytes());
    list.extend((digests.len() as u64).to_le_bytes());
    list.extend(entries.as_flattened());
    list.extend(digests.as_flattened());
    list
}

/// Returns an entry of the list; the numbers are payload, zeros and first digest.
pub(crate) fn entry(kind: u8, verified: u8, address: u64, numbers: [u64; 3]) -> [u8; 40] {
    let mut entry = [0; 40];
    entry[..2].copy_from_slice(&[kind, verified]);
    entry[8..16].copy_from_slice(&address.to_le_bytes());
    for (bytes, number) in entry[16..].as_chunks_mut::<8>().0.iter_mut().zip(numbers) {
        *bytes = number.to_le_bytes();
    }
    entry
}

/// Returns the digest of these bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

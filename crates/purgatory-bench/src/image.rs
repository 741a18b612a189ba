//! What is verified: segments of memory, and their digests.

use anyhow::{Result, ensure};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// Bytes that the native contract digests at once.
pub const CHUNK: usize = 64 << 10;

/// Bytes that are digested at once where the whole image is to stay in the second-level cache: as many messages as fill
/// the lanes of every implementation several times.
const CACHED_CHUNK: usize = 4 << 10;

/// Bytes of a part of an image that is gone over by itself: about a millisecond for the fastest implementations, and as many chunks
/// as fill all lanes of each without a rest.
const PART: usize = 48 * CHUNK;

/// A SHA-256 digest.
pub type Sha256Digest = [u8; 32];

/// A part of the memory that is verified, as a kexec segment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where in the memory it is, in bytes from the memory's start.
    pub range: Range<usize>,
    /// How many of its bytes, from its start, are payload; all that follow are zero.
    pub payload: usize,
}

impl Segment {
    /// The payload, in bytes from the memory's start.
    #[must_use]
    pub fn payload(&self) -> Range<usize> {
        self.range.start..self.range.start + self.payload
    }

    /// The zeros behind the payload, in bytes from the memory's start.
    #[must_use]
    pub fn zeros(&self) -> Range<usize> {
        self.range.start + self.payload..self.range.end
    }
}

/// Segments, and the digests of what was in them when this value was made. The memory itself is its owner's.
#[derive(Clone, Debug)]
pub struct Image {
    segments: Vec<Segment>,
    chunk: usize,
    stream: Sha256Digest,
    chunks: Vec<Sha256Digest>,
}

impl Image {
    /// The image of `segments` of `memory`, in the order in which they are digested.
    ///
    /// # Errors
    /// A segment is not in the memory, or its payload is longer than it, or what is behind its payload is not zero.
    pub fn of(memory: &[u8], segments: Vec<Segment>) -> Result<Self> {
        Self::in_chunks(memory, segments, CHUNK)
    }

    /// The image of all `memory` in one segment, payload throughout, in chunks that are smaller than [`CHUNK`]: small
    /// memory has too few of those to fill the lanes.
    ///
    /// # Errors
    /// See [`Image::of`].
    pub fn cached(memory: &[u8]) -> Result<Self> {
        let whole = Segment { range: 0..memory.len(), payload: memory.len() };
        Self::in_chunks(memory, vec![whole], CACHED_CHUNK)
    }

    /// The image of all `memory` in one segment, without payload.
    ///
    /// # Errors
    /// See [`Image::of`].
    pub fn zeros(memory: &[u8]) -> Result<Self> {
        Self::of(memory, vec![Segment { range: 0..memory.len(), payload: 0 }])
    }

    fn in_chunks(memory: &[u8], segments: Vec<Segment>, chunk: usize) -> Result<Self> {
        let mut stream = Sha256::new();
        let mut chunks = Vec::new();
        for (number, segment) in segments.iter().enumerate() {
            let Range { start, end } = segment.range;
            ensure!(
                start <= end && end <= memory.len() && segment.payload <= end - start,
                "segment {number} ({start:#x}..{end:#x}, payload {:#x}) is not in {:#x} bytes of memory",
                segment.payload,
                memory.len()
            );
            let zeros = &memory[segment.zeros()];
            ensure!(zeros.iter().all(|byte| *byte == 0), "segment {number} has no zero tail");
            stream.update(&memory[segment.range.clone()]);
            let digests = memory[segment.payload()].chunks(chunk).map(Sha256::digest);
            chunks.extend(digests.map(Sha256Digest::from));
        }
        Ok(Self { segments, chunk, stream: stream.finalize().into(), chunks })
    }

    /// The image of the first `bytes` of `memory`, payload throughout, in `count` segments of the same size but for the
    /// last one, which may be longer.
    ///
    /// # Errors
    /// The memory is shorter, or there are more segments than bytes.
    pub fn split(memory: &[u8], bytes: usize, count: usize) -> Result<Self> {
        ensure!((1..=bytes).contains(&count), "{bytes} bytes cannot be {count} segments");
        let size = bytes / count;
        let segment = |index: usize| {
            let start = index * size;
            let end = if index + 1 == count { bytes } else { start + size };
            Segment { range: start..end, payload: end - start }
        };
        Self::of(memory, (0..count).map(segment).collect())
    }

    /// The segments, in the order in which they are digested.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The one digest of all bytes of all segments, as the stock loaders make it: zeros included.
    #[must_use]
    pub fn stream(&self) -> &Sha256Digest {
        &self.stream
    }

    /// The digests of the chunks of each segment's payload, segment after segment, as the native contract has them.
    #[must_use]
    pub fn chunks(&self) -> &[Sha256Digest] {
        &self.chunks
    }

    /// Bytes in all segments, zeros included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.segments.iter().map(|segment| segment.range.len()).sum()
    }

    /// Bytes in a chunk; the last one of a segment may have less.
    #[must_use]
    pub fn chunk(&self) -> usize {
        self.chunk
    }

    /// The messages that [`Image::chunks`] has the digests of.
    pub fn messages<'m>(&self, memory: &'m [u8]) -> impl Iterator<Item = &'m [u8]> {
        self.messages_of(memory, self.chunk)
    }

    /// The payload in messages of `bytes` or less.
    pub fn messages_of<'m>(
        &self,
        memory: &'m [u8],
        bytes: usize,
    ) -> impl Iterator<Item = &'m [u8]> {
        self.segments.iter().flat_map(move |segment| memory[segment.payload()].chunks(bytes))
    }
}

/// How many messages of `bytes` or less are a part.
fn messages_in_part(bytes: usize) -> usize {
    (PART / bytes).max(1)
}

/// How many parts so many messages of `bytes` or less have.
#[must_use]
pub fn parts(messages: usize, bytes: usize) -> usize {
    messages.div_ceil(messages_in_part(bytes)).max(1)
}

/// The messages in one of them.
#[must_use]
pub fn part(part: usize, messages: usize, bytes: usize) -> Range<usize> {
    let size = messages_in_part(bytes);
    (part * size).min(messages)..((part + 1) * size).min(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_all_messages() {
        assert_eq!((parts(0, CHUNK), part(0, 0, CHUNK)), (1, 0..0));
        assert_eq!((parts(48, CHUNK), part(0, 48, CHUNK)), (1, 0..48));
        assert_eq!(parts(49, CHUNK), 2);
        assert_eq!((part(0, 49, CHUNK), part(1, 49, CHUNK)), (0..48, 48..49));
        assert_eq!(parts(64, CACHED_CHUNK), 1);
        // The messages that libipsec-mb gets: a 49th would be alone in its lanes.
        let parts: Vec<_> = (0..parts(4101, 65_472)).map(|n| part(n, 4101, 65_472)).collect();
        assert_eq!((parts.len(), &parts[0], &parts[85]), (86, &(0..48), &(4080..4101)));
        assert!(parts.windows(2).all(|two| two[0].end == two[1].start));
        assert_eq!(part(1, 3, PART + 1), 1..2);
    }

    fn segment(start: usize, end: usize, payload: usize) -> Segment {
        Segment { range: start..end, payload }
    }

    #[test]
    fn a_segment_is_payload_and_then_zeros() {
        let mut memory = vec![0; 3 * CHUNK];
        memory[..CHUNK + 7].fill(5);
        let image = Image::of(&memory, vec![segment(0, 2 * CHUNK, CHUNK + 7)]).unwrap();
        assert_eq!(image.bytes(), 2 * CHUNK);
        assert_eq!(*image.stream(), Sha256Digest::from(Sha256::digest(&memory[..2 * CHUNK])));
        let lengths: Vec<usize> = image.messages(&memory).map(<[u8]>::len).collect();
        assert_eq!(lengths, [CHUNK, 7]);
        assert_eq!(image.chunks()[1], Sha256Digest::from(Sha256::digest([5; 7])));
    }

    #[test]
    fn a_cached_image_is_cut_smaller() {
        let image = Image::cached(&[7; CACHED_CHUNK + 1]).unwrap();
        let digest = |bytes: &[u8]| Sha256Digest::from(Sha256::digest(bytes));
        assert_eq!(image.chunks(), [digest(&[7; CACHED_CHUNK]), digest(&[7])]);
    }

    #[test]
    fn a_byte_behind_the_payload_is_refused() {
        let error = Image::of(&[0, 0, 1], vec![segment(0, 3, 1)]).unwrap_err().to_string();
        assert!(error.contains("no zero tail"), "{error}");
    }

    #[test]
    fn a_segment_outside_the_memory_is_refused() {
        for wrong in [segment(0, 9, 1), segment(0, 2, 3)] {
            let error = Image::of(&[0; 8], vec![wrong]).unwrap_err().to_string();
            assert!(error.contains("is not in 0x8 bytes"), "{error}");
        }
    }

    #[test]
    fn memory_is_split_to_its_last_byte() {
        let memory: Vec<u8> = (0..10).collect();
        let image = Image::split(&memory, 10, 3).unwrap();
        assert_eq!(image.segments(), [segment(0, 3, 3), segment(3, 6, 3), segment(6, 10, 4)]);
        assert_eq!(*image.stream(), Sha256Digest::from(Sha256::digest(&memory)));
    }

    #[test]
    fn memory_is_not_split_into_nothing() {
        assert!(Image::split(&[0; 2], 2, 3).is_err());
        assert!(Image::split(&[0; 2], 2, 0).is_err());
    }
}

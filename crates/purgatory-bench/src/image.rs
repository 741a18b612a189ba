//! The images that contenders verify: segments of memory, and their digests.

use anyhow::{Result, ensure};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// The size of a chunk in the native contract, in bytes.
pub const CHUNK: usize = 64 << 10;

/// Bytes that are digested at once where the whole image is to stay in the second-level cache: as many messages as fill
/// the lanes of every implementation several times.
const CACHED_CHUNK: usize = 4 << 10;

/// Bytes of a part of an image that is gone over by itself: about a millisecond for the fastest implementations, and
/// as many chunks as fill all lanes of each without a rest.
const PART: usize = 48 * CHUNK;

/// A SHA-256 digest.
pub type Sha256Digest = [u8; 32];

/// A part of the verified memory, like a kexec segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its range, in bytes from the memory's start.
    pub range: Range<usize>,
    /// The number of payload bytes. Zero padding follows them.
    pub payload: usize,
}

impl Segment {
    /// Returns the range of the payload, in bytes from the memory's start.
    #[must_use]
    pub fn payload(&self) -> Range<usize> {
        self.range.start..self.range.start + self.payload
    }

    /// Returns the range of the zero padding, in bytes from the memory's start.
    #[must_use]
    pub fn zeros(&self) -> Range<usize> {
        self.range.start + self.payload..self.range.end
    }
}

/// Segments, and the digests of their bytes when this value was created. It does not contain the memory itself.
#[derive(Clone, Debug)]
pub struct Image {
    segments: Vec<Segment>,
    chunk: usize,
    stream: Sha256Digest,
    chunks: Vec<Sha256Digest>,
}

impl Image {
    /// Creates the image of `segments` of `memory`, in the order in which they are digested.
    ///
    /// # Errors
    ///
    /// Returns an error if a segment is outside the memory, has more payload than bytes, or has non-zero padding.
    pub fn of(memory: &[u8], segments: Vec<Segment>) -> Result<Self> {
        Self::in_chunks(memory, segments, CHUNK)
    }

    /// Creates the image of all `memory` in one segment, without zero padding. Its chunks are smaller than [`CHUNK`],
    /// because small memory has too few chunks of that size to fill the lanes.
    ///
    /// # Errors
    ///
    /// See [`Image::of`].
    pub fn cached(memory: &[u8]) -> Result<Self> {
        let whole = Segment { range: 0..memory.len(), payload: memory.len() };
        Self::in_chunks(memory, vec![whole], CACHED_CHUNK)
    }

    /// Creates the image of all `memory` in one segment, without payload.
    ///
    /// # Errors
    ///
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
                "segment {number} ({start:#x}..{end:#x}, payload {:#x}) does not fit in {:#x} bytes of memory",
                segment.payload,
                memory.len()
            );
            let zeros = &memory[segment.zeros()];
            ensure!(
                zeros.iter().all(|byte| *byte == 0),
                "the padding of segment {number} is not zero"
            );
            stream.update(&memory[segment.range.clone()]);
            let digests = memory[segment.payload()].chunks(chunk).map(Sha256::digest);
            chunks.extend(digests.map(Sha256Digest::from));
        }
        Ok(Self { segments, chunk, stream: stream.finalize().into(), chunks })
    }

    /// Creates the image of the first `bytes` of `memory`, without zero padding, in `count` segments. They have the
    /// same size, except that the last one may be longer.
    ///
    /// # Errors
    ///
    /// Returns an error if the memory is shorter, or if there are more segments than bytes.
    pub fn split(memory: &[u8], bytes: usize, count: usize) -> Result<Self> {
        ensure!((1..=bytes).contains(&count), "cannot split {bytes} bytes into {count} segments");
        let size = bytes / count;
        let segment = |index: usize| {
            let start = index * size;
            let end = if index + 1 == count { bytes } else { start + size };
            Segment { range: start..end, payload: end - start }
        };
        Self::of(memory, (0..count).map(segment).collect())
    }

    /// Returns the segments, in the order in which they are digested.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns the one digest of all segments, including zero padding, as the stock loaders calculate it.
    #[must_use]
    pub fn stream(&self) -> &Sha256Digest {
        &self.stream
    }

    /// Returns the digests of the payload's chunks, segment after segment, as in the native contract.
    #[must_use]
    pub fn chunks(&self) -> &[Sha256Digest] {
        &self.chunks
    }

    /// Returns the number of bytes in all segments, including zero padding.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.segments.iter().map(|segment| segment.range.len()).sum()
    }

    /// Returns the size of a chunk in bytes. The last chunk of a segment may be shorter.
    #[must_use]
    pub fn chunk(&self) -> usize {
        self.chunk
    }

    /// Returns the messages of the digests in [`Image::chunks`].
    pub fn messages<'m>(&self, memory: &'m [u8]) -> impl Iterator<Item = &'m [u8]> {
        self.messages_of(memory, self.chunk)
    }

    /// Returns the payload in messages of at most `bytes`.
    pub fn messages_of<'m>(
        &self,
        memory: &'m [u8],
        bytes: usize,
    ) -> impl Iterator<Item = &'m [u8]> {
        self.segments.iter().flat_map(move |segment| memory[segment.payload()].chunks(bytes))
    }
}

/// Returns the number of messages of at most `bytes` in a part.
fn messages_in_part(bytes: usize) -> usize {
    (PART / bytes).max(1)
}

/// Returns the number of parts for this number of messages of at most `bytes`.
#[must_use]
pub fn parts(messages: usize, bytes: usize) -> usize {
    messages.div_ceil(messages_in_part(bytes)).max(1)
}

/// Returns the range of messages in a part.
#[must_use]
pub fn part(part: usize, messages: usize, bytes: usize) -> Range<usize> {
    let size = messages_in_part(bytes);
    (part * size).min(messages)..((part + 1) * size).min(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_contain_all_messages() {
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
    fn segment_has_payload_and_zero_padding() {
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
    fn cached_image_has_smaller_chunks() {
        let image = Image::cached(&[7; CACHED_CHUNK + 1]).unwrap();
        let digest = |bytes: &[u8]| Sha256Digest::from(Sha256::digest(bytes));
        assert_eq!(image.chunks(), [digest(&[7; CACHED_CHUNK]), digest(&[7])]);
    }

    #[test]
    fn rejects_nonzero_padding() {
        let error = Image::of(&[0, 0, 1], vec![segment(0, 3, 1)]).unwrap_err().to_string();
        assert!(error.contains("padding of segment 0 is not zero"), "{error}");
    }

    #[test]
    fn rejects_a_segment_outside_the_memory() {
        for wrong in [segment(0, 9, 1), segment(0, 2, 3)] {
            let error = Image::of(&[0; 8], vec![wrong]).unwrap_err().to_string();
            assert!(error.contains("does not fit in 0x8 bytes"), "{error}");
        }
    }

    #[test]
    fn splits_memory_to_its_last_byte() {
        let memory: Vec<u8> = (0..10).collect();
        let image = Image::split(&memory, 10, 3).unwrap();
        assert_eq!(image.segments(), [segment(0, 3, 3), segment(3, 6, 3), segment(6, 10, 4)]);
        assert_eq!(*image.stream(), Sha256Digest::from(Sha256::digest(&memory)));
    }

    #[test]
    fn rejects_empty_segments() {
        assert!(Image::split(&[0; 2], 2, 3).is_err());
        assert!(Image::split(&[0; 2], 2, 0).is_err());
    }
}

//! Messages of any count, length and alignment, the same in every run.

use alloc::vec::Vec;

/// The largest count of messages in a set.
pub const MAX_COUNT: usize = 64;
/// The largest length of a message in bytes.
pub const MAX_BYTES: usize = 4096;
/// The alignment that addresses have or lack: a cache line, in bytes.
const LINE: usize = 64;
/// One message in so many has any length up to [`MAX_BYTES`]. The others have one below [`SHORT_BYTES`], where what
/// happens at the ends of messages is most of the work.
const ONE_LONG_IN: u64 = 16;
const SHORT_BYTES: u64 = 256;

/// Room for a message of any alignment.
#[derive(Clone)]
#[repr(align(64))]
struct Slot([u8; MAX_BYTES + LINE]);

/// A set of messages.
#[derive(Clone)]
pub struct Messages {
    slots: Vec<Slot>,
    shapes: Vec<Shape>,
}

/// How long a message is, and how it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its length: 0 to [`MAX_BYTES`].
    pub bytes: usize,
    /// Its address modulo 64.
    pub alignment: usize,
}

impl Messages {
    /// The messages, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        let shapes = self.shapes.iter();
        shapes.zip(&self.slots).map(|(shape, slot)| &slot.0[shape.alignment..][..shape.bytes])
    }

    /// Their shapes, in order.
    #[must_use]
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Flips a bit of one byte of the last message that has one. Says whether there is such a message.
    pub fn flip(&mut self) -> bool {
        let Some(last) = self.shapes.iter().rposition(|shape| shape.bytes != 0) else {
            return false;
        };
        self.slots[last].0[self.shapes[last].alignment] ^= 1;
        true
    }
}

/// A set of every count from 0 to [`MAX_COUNT`], in order.
pub fn sets() -> impl Iterator<Item = Messages> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    (0..=MAX_COUNT).map(move |count| {
        let shapes = (0..count).map(|_| random.shape()).collect();
        let mut slots = alloc::vec![Slot([0; MAX_BYTES + LINE]); count];
        for slot in &mut slots {
            for word in slot.0.as_chunks_mut().0 {
                *word = random.next_number().to_le_bytes();
            }
        }
        Messages { slots, shapes }
    })
}

/// Numbers without a pattern: xorshift64, George Marsaglia, "Xorshift RNGs" (2003).
pub struct Random(pub u64);

impl Random {
    /// The next one. The same seed, which is not 0, gives the same numbers.
    pub fn next_number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        // The upper half: the lower bits of such numbers have patterns.
        (self.next_number() >> 32) % end
    }

    fn shape(&mut self) -> Shape {
        let end = if self.below(ONE_LONG_IN) == 0 { MAX_BYTES as u64 + 1 } else { SHORT_BYTES };
        Shape { bytes: self.below(end) as usize, alignment: self.below(LINE as u64) as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    extern crate std;

    #[test]
    fn shapes_cover_every_count_alignment_and_partial_block() {
        let all: Vec<Messages> = sets().collect();
        let counts: Vec<usize> = all.iter().map(|messages| messages.iter().count()).collect();
        assert_eq!(counts, (0..=MAX_COUNT).collect::<Vec<_>>());
        let shapes = || all.iter().flat_map(|messages| messages.shapes.iter().copied());
        let alignments: BTreeSet<usize> = shapes().map(|shape| shape.alignment).collect();
        let rests: BTreeSet<usize> = shapes().map(|shape| shape.bytes % LINE).collect();
        assert_eq!((alignments.len(), rests.len()), (LINE, LINE));
        assert!(shapes().any(|shape| shape.bytes == 0));
        assert!(shapes().any(|shape| shape.bytes > MAX_BYTES - LINE));
        assert!(shapes().all(|shape| shape.bytes <= MAX_BYTES));
    }

    #[test]
    fn places_each_message_by_its_shape_with_distinct_bytes() {
        let messages = sets().last().unwrap();
        let mut seen = BTreeSet::new();
        for (message, shape) in messages.iter().zip(messages.shapes()) {
            assert_eq!(message.len(), shape.bytes);
            assert_eq!(message.as_ptr() as usize % LINE, shape.alignment);
            assert!(message.len() < 8 || seen.insert(message.to_vec()));
        }
    }

    #[test]
    fn a_flip_changes_one_message() {
        let whole = sets().last().unwrap();
        let mut broken = whole.clone();
        assert!(broken.flip());
        let changed = whole.iter().zip(broken.iter()).filter(|(a, b)| a != b).count();
        assert_eq!(changed, 1);
        assert!(!sets().next().unwrap().flip());
    }
}

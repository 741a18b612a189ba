//! Any message, in any pieces and at any alignment, has the digest that the sha2 crate computes.

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use purgatory_sha256::Stream;
use sha2::{Digest, Sha256};
use support::{digest, digests, implementations, stream_implementations};

/// The maximum length of a message.
const LONGEST: usize = 4096;

#[test]
fn pads_every_length_up_to_three_blocks() {
    let message: Vec<u8> = (0..=192).collect();
    for implementation in stream_implementations() {
        for length in 0..message.len() {
            let message = &message[..length];
            assert_eq!(
                digest(implementation, message)[..],
                Sha256::digest(message)[..],
                "{}, {length} bytes",
                implementation.name()
            );
        }
    }
}

#[test]
fn every_alignment_gives_the_same_digest() {
    #[repr(align(64))]
    struct Aligned([u8; 1024]);
    for implementation in stream_implementations() {
        for offset in 0..64 {
            let mut memory = Aligned([0xff; 1024]);
            let message = &mut memory.0[offset..offset + 777];
            message.copy_from_slice(&[0xa7; 777]);
            assert_eq!(digest(implementation, message)[..], Sha256::digest([0xa7; 777])[..]);
        }
    }
}

/// Bytes in which messages start at any alignment.
#[repr(align(64))]
struct Memory([u8; 64 + LONGEST]);

proptest! {
    // Proptest would save failures next to the source file, but does not find that file for such a test.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn digests_messages_of_any_number_length_and_alignment(
        seed in any::<u64>(),
        places in vec((0..64usize, 0..=LONGEST), 0..64),
    ) {
        let mut memory = Memory([0; 64 + LONGEST]);
        let mut state = seed | 1;
        for byte in &mut memory.0 {
            // Any bytes that do not repeat; xorshift.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = state as u8;
        }
        let messages: Vec<&[u8]> =
            places.iter().map(|(offset, length)| &memory.0[*offset..][..*length]).collect();
        let expected: Vec<_> = messages.iter().map(Sha256::digest).collect();
        for implementation in implementations() {
            let actual = digests(implementation, &messages);
            for (index, (actual, expected)) in actual.iter().zip(&expected).enumerate() {
                prop_assert_eq!(&actual[..], &expected[..], "{}, message {}", implementation.name(), index);
            }
        }
    }

    #[test]
    fn a_changed_byte_changes_only_the_digest_of_its_message(
        count in 1..40usize,
        length in 1..=1024usize,
        which in any::<proptest::sample::Index>(),
        place in any::<proptest::sample::Index>(),
    ) {
        let whole: Vec<Vec<u8>> = (0..count).map(|n| vec![n as u8; length]).collect();
        let mut changed = whole.clone();
        let (which, place) = (which.index(count), place.index(length));
        changed[which][place] ^= 0x40;
        for implementation in implementations() {
            let of = |messages: &[Vec<u8>]| {
                digests(implementation, &messages.iter().map(Vec::as_slice).collect::<Vec<_>>())
            };
            let differ: Vec<usize> = of(&whole)
                .iter()
                .zip(of(&changed))
                .enumerate()
                .filter_map(|(index, (a, b))| (*a != b).then_some(index))
                .collect();
            prop_assert_eq!(differ, [which], "{}", implementation.name());
        }
    }

    #[test]
    fn the_digest_does_not_depend_on_the_pieces(
        message in vec(any::<u8>(), 0..LONGEST),
        mut cuts in vec(0..LONGEST, 0..12),
    ) {
        cuts.iter_mut().for_each(|cut| *cut = (*cut).min(message.len()));
        cuts.sort_unstable();
        for implementation in stream_implementations() {
            let mut stream = Stream::new(implementation);
            let mut from = 0;
            for to in cuts.iter().copied().chain([message.len()]) {
                stream.update(&message[from..to]);
                from = to;
            }
            prop_assert_eq!(&stream.finish()[..], &Sha256::digest(&message)[..]);
        }
    }
}

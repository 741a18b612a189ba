//! Any message, in any pieces, at any alignment: what the sha2 crate says.

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use purgatory_sha256::Stream;
use sha2::{Digest, Sha256};
use support::{digest, engines};

/// No message here is longer.
const LONGEST: usize = 4096;

#[test]
fn every_length_up_to_three_blocks_is_padded_as_sha2_pads_it() {
    let message: Vec<u8> = (0..=192).collect();
    for engine in engines() {
        for length in 0..message.len() {
            let message = &message[..length];
            assert_eq!(
                digest(engine, message)[..],
                Sha256::digest(message)[..],
                "{}, {length} bytes",
                engine.name()
            );
        }
    }
}

#[test]
fn every_alignment_gives_the_same_digest() {
    #[repr(align(64))]
    struct Aligned([u8; 1024]);
    for engine in engines() {
        for offset in 0..64 {
            let mut memory = Aligned([0xff; 1024]);
            let message = &mut memory.0[offset..offset + 777];
            message.copy_from_slice(&[0xa7; 777]);
            assert_eq!(digest(engine, message)[..], Sha256::digest([0xa7; 777])[..]);
        }
    }
}

proptest! {
    #[test]
    fn pieces_make_no_difference(
        message in vec(any::<u8>(), 0..LONGEST),
        mut cuts in vec(0..LONGEST, 0..12),
    ) {
        cuts.iter_mut().for_each(|cut| *cut = (*cut).min(message.len()));
        cuts.sort_unstable();
        for engine in engines() {
            let mut stream = Stream::new(engine);
            let mut from = 0;
            for to in cuts.iter().copied().chain([message.len()]) {
                stream.update(&message[from..to]);
                from = to;
            }
            prop_assert_eq!(&stream.finish()[..], &Sha256::digest(&message)[..]);
        }
    }
}

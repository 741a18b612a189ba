//! NIST's validation vectors, see `nist-cavp/README.md`.

mod support;

use purgatory_sha256::DIGEST_BYTES;
use support::{digest, digests, implementations, stream_implementations};

/// The values of the lines `NAME = VALUE`, in order.
fn values<'a>(file: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    file.lines().filter_map(move |line| {
        let (found, value) = line.split_once('=')?;
        (found.trim() == name).then_some(value.trim())
    })
}

fn bytes_of_hex(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().map(|c| c.to_digit(16).expect("hex digit")).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

/// Checks every message of `file` with every stream implementation, and with every implementation: all messages at
/// once, and each message in all lanes. There must be `count` messages.
fn check_messages(file: &str, count: usize) {
    let lengths: Vec<usize> =
        values(file, "Len").map(|bits| bits.parse::<usize>().expect("a length") / 8).collect();
    let messages: Vec<Vec<u8>> = values(file, "Msg").map(bytes_of_hex).collect();
    let digests_of_file: Vec<Vec<u8>> = values(file, "MD").map(bytes_of_hex).collect();
    assert_eq!((lengths.len(), messages.len(), digests_of_file.len()), (count, count, count));
    for implementation in stream_implementations() {
        for ((length, message), expected) in lengths.iter().zip(&messages).zip(&digests_of_file) {
            // The empty message is written as one byte.
            let message = &message[..*length];
            assert_eq!(
                digest(implementation, message)[..],
                expected[..],
                "{}, {length} bytes",
                implementation.name()
            );
        }
    }
    // The empty message is written as one byte.
    let messages: Vec<&[u8]> =
        lengths.iter().zip(&messages).map(|(length, message)| &message[..*length]).collect();
    for implementation in implementations() {
        let name = implementation.name();
        for (actual, expected) in digests(implementation, &messages).iter().zip(&digests_of_file) {
            assert_eq!(actual[..], expected[..], "{name}, among others");
        }
        for (message, expected) in messages.iter().zip(&digests_of_file) {
            for actual in digests(implementation, &vec![*message; implementation.lanes()]) {
                assert_eq!(actual[..], expected[..], "{name}, {} bytes", message.len());
            }
        }
    }
}

#[test]
fn short_messages() {
    check_messages(include_str!("nist-cavp/SHA256ShortMsg.rsp"), 65);
}

#[test]
fn long_messages() {
    check_messages(include_str!("nist-cavp/SHA256LongMsg.rsp"), 64);
}

/// SHAVS, section 6.4: each checkpoint is 1,000 digests of the three digests before, from the last checkpoint on.
#[test]
fn monte_carlo() {
    let file = include_str!("nist-cavp/SHA256Monte.rsp");
    let first: Vec<u8> = values(file, "Seed").flat_map(bytes_of_hex).collect();
    let checkpoints: Vec<Vec<u8>> = values(file, "MD").map(bytes_of_hex).collect();
    assert_eq!(checkpoints.len(), 100);
    for implementation in stream_implementations() {
        let mut seed: [u8; DIGEST_BYTES] = first.clone().try_into().expect("one seed");
        for (number, checkpoint) in checkpoints.iter().enumerate() {
            let mut last_three = [seed; 3];
            for _ in 0..1000 {
                seed = digest(implementation, last_three.as_flattened());
                last_three = [last_three[1], last_three[2], seed];
            }
            assert_eq!(seed[..], checkpoint[..], "{}, checkpoint {number}", implementation.name());
        }
    }
    for implementation in implementations() {
        let mut seed: [u8; DIGEST_BYTES] = first.clone().try_into().expect("one seed");
        for (number, checkpoint) in checkpoints.iter().enumerate() {
            let mut last_three = [seed; 3];
            for _ in 0..1000 {
                // The same message in every lane, otherwise the other lanes would be idle.
                let same = vec![last_three.as_flattened(); implementation.lanes()];
                let all = digests(implementation, &same);
                seed = all[0];
                assert!(all.iter().all(|digest| *digest == seed), "{}", implementation.name());
                last_three = [last_three[1], last_three[2], seed];
            }
            assert_eq!(seed[..], checkpoint[..], "{}, checkpoint {number}", implementation.name());
        }
    }
}

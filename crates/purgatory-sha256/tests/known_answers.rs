//! The known-answer test of the blob, and the examples of the standard.

mod support;

use purgatory_sha256::Implementation;
use support::{digest, implementations, missing, stream_implementations};

/// Message, repetitions, digest. Source: NIST, "Examples with Intermediate Values", SHA256.pdf; FIPS 180-2, appendix B.
const EXAMPLES: [(&str, usize, &str); 4] = [
    ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        1,
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ),
    ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_stream_implementation_passes_its_known_answer_test() {
    for implementation in stream_implementations() {
        assert!(implementation.known_answer(), "{}", implementation.name());
    }
}

#[test]
fn computes_the_digests_of_the_standard() {
    for implementation in stream_implementations() {
        for (message, times, expected) in EXAMPLES {
            let message = message.repeat(times);
            assert_eq!(
                hex(&digest(implementation, message.as_bytes())),
                expected,
                "{}",
                implementation.name()
            );
        }
    }
}

#[test]
fn any_flipped_bit_changes_the_digest() {
    for implementation in stream_implementations() {
        let message = [0x5a; 130];
        let right = digest(implementation, &message);
        for bit in 0..message.len() * 8 {
            let mut flipped = message;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(
                digest(implementation, &flipped),
                right,
                "{}, bit {bit}",
                implementation.name()
            );
        }
    }
}

#[test]
fn every_implementation_passes_its_known_answer_test_and_is_ranked() {
    let names: Vec<&str> = implementations().map(|implementation| implementation.name()).collect();
    let ranked = Implementation::NAMES.into_iter().filter(|name| names.contains(name));
    assert_eq!(names, ranked.collect::<Vec<_>>());
    for implementation in implementations() {
        assert!(implementation.known_answer(), "{}", implementation.name());
    }
}

#[test]
fn a_missing_implementation_fails_the_tests_unless_it_is_excused() {
    let [first, second, rest @ ..] = &Implementation::NAMES;
    assert_eq!(missing(&Implementation::NAMES, ""), [""; 0]);
    assert_eq!(missing(rest, ""), [*first, *second]);
    assert_eq!(missing(rest, first), [*second]);
    assert_eq!(missing(rest, &format!("{second},{first}")), [""; 0]);
}

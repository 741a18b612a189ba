//! The self-check that the blob makes, and the examples of the standard.

mod support;

use purgatory_sha256::Backend;
use support::{backends, digest, engines, missing};

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
fn every_engine_passes_its_own_check() {
    for engine in engines() {
        assert!(engine.known_answer(), "{}", engine.name());
    }
}

#[test]
fn every_engine_gives_the_digests_of_the_standard() {
    for engine in engines() {
        for (message, times, expected) in EXAMPLES {
            let message = message.repeat(times);
            assert_eq!(hex(&digest(engine, message.as_bytes())), expected, "{}", engine.name());
        }
    }
}

#[test]
fn one_flipped_bit_anywhere_in_a_message_gives_another_digest() {
    for engine in engines() {
        let message = [0x5a; 130];
        let right = digest(engine, &message);
        for bit in 0..message.len() * 8 {
            let mut flipped = message;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(digest(engine, &flipped), right, "{}, bit {bit}", engine.name());
        }
    }
}

#[test]
fn every_backend_passes_its_own_check_and_has_its_place_in_the_ranking() {
    let names: Vec<&str> = backends().map(|backend| backend.name()).collect();
    let ranked = Backend::NAMES.into_iter().filter(|name| names.contains(name));
    assert_eq!(names, ranked.collect::<Vec<_>>());
    for backend in backends() {
        assert!(backend.known_answer(), "{}", backend.name());
    }
}

#[test]
fn a_processor_that_lacks_a_backend_fails_the_tests_unless_it_is_excused() {
    let [first, second, rest @ ..] = &Backend::NAMES;
    assert_eq!(missing(&Backend::NAMES, ""), [""; 0]);
    assert_eq!(missing(rest, ""), [*first, *second]);
    assert_eq!(missing(rest, first), [*second]);
    assert_eq!(missing(rest, &format!("{second},{first}")), [""; 0]);
}

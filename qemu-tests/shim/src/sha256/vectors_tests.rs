use super::*;
use alloc::string::{String, ToString};
use alloc::{format, vec};

const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn messages() -> String {
    format!(
        "# a file\n[L = 32]\n\nLen = 0\nMsg = 00\nMD = {DIGEST}\n\nLen = 16\nMsg = 11AF\nMD = {DIGEST}\n"
    )
}

fn monte() -> String {
    format!("Seed = {DIGEST}\n\nCOUNT = 0\nMD = {DIGEST}\n")
}

/// The error of this text, as it is and as it reads.
fn error(text: &str) -> String {
    Vectors::parse(text).unwrap_err().to_string()
}

#[test]
fn reads_messages_seed_and_checkpoints() {
    let text = messages() + &monte();
    let vectors = Vectors::parse(&text).unwrap();
    let digest = digest(DIGEST).unwrap();
    assert_eq!((digest[0], digest[31]), (0xe3, 0x55));
    let known = [vec![], vec![0x11, 0xaf]].map(|message| Known { message, digest });
    assert_eq!(vectors.known, known);
    assert_eq!((vectors.seed, vectors.checkpoints), (digest, vec![digest]));
}

#[test]
fn reads_the_stored_vector_files() {
    let text = concat!(
        include_str!("../../../../crates/purgatory-sha256/tests/nist-cavp/SHA256ShortMsg.rsp"),
        include_str!("../../../../crates/purgatory-sha256/tests/nist-cavp/SHA256LongMsg.rsp"),
        include_str!("../../../../crates/purgatory-sha256/tests/nist-cavp/SHA256Monte.rsp"),
    );
    let vectors = Vectors::parse(text).unwrap();
    assert_eq!((vectors.known.len(), vectors.checkpoints.len()), (65 + 64, 100));
    assert_eq!(vectors.known.last().unwrap().message.len(), 6400);
}

#[test]
fn rejects_a_value_that_is_not_hexadecimal() {
    let is_refused = |text: &str, value: &str| {
        assert_eq!(Vectors::parse(text), Err(VectorsError::Hex(value)));
    };
    is_refused("Len = 8\nMsg = d\n", "d");
    is_refused("Len = 8\nMsg = +d\n", "+d");
    is_refused("Len = 8\nMsg = d3\nMD = d3\n", "d3");
    is_refused("Seed = \n", "");
    assert_eq!(error("MD = x\n"), "\"x\" is not the hexadecimal value that its line is for");
}

#[test]
fn rejects_a_length_that_differs_from_the_message() {
    for length in ["24", "15", "-8", ""] {
        let text = messages().replace("Len = 16", &format!("Len = {length}"));
        assert_eq!(Vectors::parse(&text), Err(VectorsError::Length(length)));
    }
    assert_eq!(error("Msg = 00\n"), "\"\" is not the length of the message below, in bits");
}

#[test]
fn rejects_a_text_without_a_seed() {
    let text = messages() + &monte().replace("Seed", "Need");
    assert_eq!(Vectors::parse(&text), Err(VectorsError::NoSeed));
    assert_eq!(error(&text), "there is no seed: the text lacks SHA256Monte.rsp");
}

#[test]
fn rejects_a_text_without_messages_or_checkpoints() {
    let missing = |known, checkpoints| Err(VectorsError::Missing { known, checkpoints });
    assert_eq!(Vectors::parse(&messages()), missing(2, 0));
    assert_eq!(Vectors::parse(&monte()), missing(0, 1));
    assert_eq!(error(""), "0 messages and 0 checkpoints: give ShortMsg, LongMsg and Monte");
}

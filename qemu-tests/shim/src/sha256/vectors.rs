//! NIST's validation vectors: the three response files of CAVP for SHA-256, concatenated in one text.

use alloc::vec::Vec;

use purgatory_abi::DIGEST_BYTES;

/// A digest.
pub type Digest = [u8; DIGEST_BYTES];

/// A message and its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The message.
    pub message: Vec<u8>,
    /// Its digest.
    pub digest: Digest,
}

/// The contents of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vectors {
    /// `SHA256ShortMsg` and `SHA256LongMsg`.
    pub known: Vec<Known>,
    /// Where the chain of digests of `SHA256Monte` starts.
    pub seed: Digest,
    /// The digests that this chain has at its checkpoints.
    pub checkpoints: Vec<Digest>,
}

/// Why a text is not that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VectorsError<'a> {
    /// The value after `Msg =`, `MD =` or `Seed =`.
    #[error("{0:?} is not the hexadecimal value that its line is for")]
    Hex(&'a str),
    /// The value after `Len =`.
    #[error("{0:?} is not the length of the message below, in bits")]
    Length(&'a str),
    /// There is no `Seed =`.
    #[error("there is no seed: the text lacks SHA256Monte.rsp")]
    NoSeed,
    /// One kind of vectors is missing.
    #[error("{known} messages and {checkpoints} checkpoints: give ShortMsg, LongMsg and Monte")]
    Missing {
        /// Messages that are there.
        known: usize,
        /// Checkpoints that are there.
        checkpoints: usize,
    },
}

impl Vectors {
    /// Reads the text. Lines that are no vector's are passed over.
    ///
    /// # Errors
    /// A value is malformed, or one of the files is missing.
    pub fn parse(text: &str) -> Result<Self, VectorsError<'_>> {
        let (mut known, mut checkpoints) = (Vec::new(), Vec::new());
        let mut seed = None;
        let mut length = "";
        let mut message = None;
        for line in text.lines() {
            let Some((name, value)) = line.split_once('=') else { continue };
            let value = value.trim();
            match name.trim() {
                "Len" => length = value,
                "Msg" => message = Some(cut(bytes(value)?, length)?),
                "Seed" => seed = Some(digest(value)?),
                "MD" => match message.take() {
                    Some(message) => known.push(Known { message, digest: digest(value)? }),
                    None => checkpoints.push(digest(value)?),
                },
                _ => {}
            }
        }
        if known.is_empty() || checkpoints.is_empty() {
            let (known, checkpoints) = (known.len(), checkpoints.len());
            return Err(VectorsError::Missing { known, checkpoints });
        }
        Ok(Self { known, seed: seed.ok_or(VectorsError::NoSeed)?, checkpoints })
    }
}

/// The message itself: the empty one is written as one byte.
fn cut(mut message: Vec<u8>, bits: &str) -> Result<Vec<u8>, VectorsError<'_>> {
    let length = bits.parse::<usize>().ok().filter(|bits| bits.is_multiple_of(8));
    let length = length.map(|bits| bits / 8).filter(|length| *length <= message.len());
    message.truncate(length.ok_or(VectorsError::Length(bits))?);
    Ok(message)
}

fn digest(hex: &str) -> Result<Digest, VectorsError<'_>> {
    bytes(hex)?.try_into().map_err(|_| VectorsError::Hex(hex))
}

fn bytes(hex: &str) -> Result<Vec<u8>, VectorsError<'_>> {
    let (pairs, rest) = hex.as_bytes().as_chunks();
    let byte = |pair: &[u8; 2]| {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8)
    };
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    bytes.filter(|_| rest.is_empty()).ok_or(VectorsError::Hex(hex))
}

#[cfg(test)]
#[path = "vectors_tests.rs"]
mod tests;

//! The check of a drop-in's code: a word makes a sum of code and constants zero.
//!
//! The sum detects every change of one word, and other changes with a probability of 1 - 2^-53 or better. It is no
//! protection against intent.

/// The factor between one word and the next. It is odd, so that no bit of a word is lost.
pub const FACTOR: u64 = 101;

/// Returns the sum of little-endian words, each multiplied by the factor as often as words follow it.
#[must_use]
pub fn sum(code: &[u8]) -> u64 {
    let (words, _) = code.as_chunks();
    words
        .iter()
        .fold(0_u64, |sum, word| sum.wrapping_mul(FACTOR).wrapping_add(u64::from_le_bytes(*word)))
}

/// Returns the number of bytes that the word at their end checks: up to where the sum is 0 for the first time. `None` if
/// there is no such word.
#[must_use]
pub fn checked(code: &[u8]) -> Option<usize> {
    let (words, _) = code.as_chunks();
    let mut so_far = 0_u64;
    let ends_the_sum = |word: &[u8; 8]| {
        so_far = so_far.wrapping_mul(FACTOR).wrapping_add(u64::from_le_bytes(*word));
        so_far == 0
    };
    words.iter().position(ends_the_sum).map(|last| (last + 1) * size_of::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn finds_the_end_of_the_checked_bytes() {
        let mut code: Vec<u8> = (1..=24).collect();
        code.extend(sum(&code).wrapping_mul(FACTOR).wrapping_neg().to_le_bytes());
        let checked_bytes = code.len();
        code.extend([0; 16]);
        assert_eq!(checked(&code), Some(checked_bytes));
        code[3] ^= 1;
        assert_eq!(checked(&code), None);
        assert_eq!(checked(&[]), None);
    }

    #[test]
    fn detects_a_change_of_any_bit_or_word_and_swapped_pages() {
        let code: Vec<u8> =
            (0..16_384_u32).map(|at| (at.wrapping_mul(0x9e37_79b9) >> 24) as u8).collect();
        let right = sum(&code);
        let changed = |change: &dyn Fn(&mut [u8])| {
            let mut code = code.clone();
            change(&mut code);
            sum(&code) != right
        };
        for at in 0..code.len() {
            assert!(changed(&|code| code[at] ^= 0x80), "{at}");
        }
        for at in (0..code.len()).step_by(8) {
            assert!(changed(&|code| code[at..at + 8].fill(0)), "{at}");
        }
        assert!(changed(&|code| code[..8192].rotate_left(4096)));
        assert!(changed(&|code| code.rotate_left(1)));
    }
}

//! Completes the check of a drop-in's code.

use super::Linked;
use anyhow::{Context, Result, ensure};
use purgatory_abi::code_check::{FACTOR, sum};

/// The word that makes the sum zero. It is the last of the words that are checked.
const SYMBOL: &str = "purgatory_code_check";

/// Makes the sum of all words up to [`SYMBOL`] zero.
///
/// # Errors
///
/// Returns an error if the program has no such word, or if a loader writes an address before it.
pub(super) fn complete(linked: &mut Linked) -> Result<()> {
    let at = linked.symbol(SYMBOL)?.address;
    if let Some(pointer) = linked.pointers.iter().find(|pointer| pointer.at < at + 8) {
        anyhow::bail!(
            "the code check includes the address at {:#x}, which the loader changes: place it after {SYMBOL} in the linker script",
            pointer.at
        );
    }
    ensure!(at.is_multiple_of(8), "{SYMBOL} is at {at:#x}, which is not a multiple of 8");
    let (code, rest) = linked
        .image
        .split_at_mut_checked(at as usize)
        .context("the code check is outside .text")?;
    let word = rest.first_chunk_mut().context("the code check passes the end of .text")?;
    *word = sum(code).wrapping_mul(FACTOR).wrapping_neg().to_le_bytes();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::linked::{Pointer, Symbol, fixture};
    use super::*;

    fn linked(at: u64) -> Linked {
        let mut linked = fixture::linked();
        linked.image = (0..fixture::BSS).map(|byte| byte as u8).collect();
        linked.pointers = vec![Pointer { at: fixture::BSS - 8, target: 0 }];
        linked.symbols.push(Symbol {
            name: SYMBOL.to_owned(),
            address: at,
            size: 8,
            is_function: false,
        });
        linked
    }

    #[test]
    fn makes_the_sum_zero_and_changes_nothing_else() {
        let mut linked = linked(0x20);
        let before = linked.image.clone();
        complete(&mut linked).unwrap();
        assert_eq!(sum(&linked.image[..0x28]), 0);
        assert_eq!(linked.image[..0x20], before[..0x20]);
        assert_eq!(linked.image[0x28..], before[0x28..]);
    }

    #[test]
    fn rejects_a_word_that_cannot_check_the_code_before_it() {
        type Case = (fn(&mut Linked), &'static str);
        let cases: [Case; 5] = [
            (|linked| linked.symbols.retain(|of| of.name != SYMBOL), "has no symbol"),
            (
                |linked| linked.pointers[0].at = 0x27,
                "the address at 0x27, which the loader changes",
            ),
            (|linked| linked.symbols.last_mut().unwrap().address = 0x21, "not a multiple of 8"),
            (|linked| linked.image.truncate(0x1f), "outside .text"),
            (|linked| linked.image.truncate(0x27), "passes the end of .text"),
        ];
        for (change, expected) in cases {
            let mut linked = linked(0x20);
            change(&mut linked);
            let error = format!("{:#}", complete(&mut linked).unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
    }
}

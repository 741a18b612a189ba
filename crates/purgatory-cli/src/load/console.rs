//! `--console`: the consoles that the purgatory prints to.

use purgatory_abi::console::{ConsoleError, NONE, Serial};
use purgatory_abi::native::{CONSOLES, Console};
use thiserror::Error;

/// Parses the value of one `--console`.
///
/// # Errors
///
/// Returns the reason why [`Serial::parse`], which the purgatory uses too, rejects `text`.
pub fn parse(text: &str) -> Result<Console, ConsoleError> {
    if text == NONE {
        return Ok(Console::SILENT);
    }
    let value = text.as_bytes();
    Serial::parse(value).map(Console::from).ok_or_else(|| ConsoleError::of(value))
}

/// The reason why the values of all `--console` cannot be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum ConsolesError {
    /// The header has fewer consoles.
    #[error(
        "--console is given {count} times, but the purgatory prints to at most {CONSOLES} consoles: leave some out"
    )]
    TooMany { count: usize },
    /// `none` contradicts another console.
    #[error("--console=none disables output: leave out either it or the other consoles")]
    NoneAndOthers,
    /// The purgatory would print every line twice.
    #[error("--console names the port {port:#x} twice: leave one out")]
    Twice { port: u64 },
}

/// Merges the values of all `--console` into the consoles of the header.
///
/// # Errors
///
/// Returns a [`ConsolesError`].
pub fn merge_consoles(consoles: &[Console]) -> Result<[Console; CONSOLES], ConsolesError> {
    let count = consoles.len();
    if count > CONSOLES {
        return Err(ConsolesError::TooMany { count });
    }
    if count > 1 && consoles.contains(&Console::SILENT) {
        return Err(ConsolesError::NoneAndOthers);
    }
    for (index, Console { address: port, .. }) in consoles.iter().enumerate() {
        if consoles[..index].iter().any(|before| before.address == *port) {
            return Err(ConsolesError::Twice { port: *port });
        }
    }
    let mut all = [Console::default(); CONSOLES];
    all[..count].copy_from_slice(consoles);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_as_the_purgatory_does() {
        assert_eq!(parse("ttyS3,9600n8"), Ok(Console::uart(0x2e8, 9600)));
        assert_eq!(parse("none"), Ok(Console::SILENT));
        assert_eq!(parse("vga"), Err(ConsoleError::Form));
    }

    #[test]
    fn merges_consoles_that_agree() {
        let [first, second] = [Console::uart(0x3f8, 9600), Console::uart(0x2f8, 9600)];
        let none = Console::default();
        assert_eq!(merge_consoles(&[]), Ok([none; 4]));
        assert_eq!(merge_consoles(&[first, second]), Ok([first, second, none, none]));
        assert_eq!(merge_consoles(&[Console::SILENT]), Ok([Console::SILENT, none, none, none]));
    }

    #[test]
    fn rejects_consoles_that_contradict() {
        let first = Console::uart(0x3f8, 9600);
        assert_eq!(merge_consoles(&[first; 5]), Err(ConsolesError::TooMany { count: 5 }));
        let faster = Console::uart(0x3f8, 115_200);
        assert_eq!(merge_consoles(&[first, faster]), Err(ConsolesError::Twice { port: 0x3f8 }));
        for pair in [[first, Console::SILENT], [Console::SILENT; 2]] {
            assert_eq!(merge_consoles(&pair), Err(ConsolesError::NoneAndOthers));
        }
    }
}

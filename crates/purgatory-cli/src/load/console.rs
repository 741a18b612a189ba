//! `--console`: where the purgatory speaks.

use purgatory_abi::native::{CONSOLES, Console};
use purgatory_abi::uart::{self, MAX_BAUD, MIN_BAUD, TTYS_PORTS};
use thiserror::Error;

/// Serial consoles by their names.
pub const NAMED: [(&str, u16); 4] = [
    ("ttyS0", TTYS_PORTS[0]),
    ("ttyS1", TTYS_PORTS[1]),
    ("ttyS2", TTYS_PORTS[2]),
    ("ttyS3", TTYS_PORTS[3]),
];

/// Why the value of a `--console` is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConsoleError {
    /// It is none of the forms.
    #[error("write ttyS0[,BAUD] to ttyS3[,BAUD], io,0xPORT[,BAUD], or none")]
    Form,
    /// No UART can have its eight registers there.
    #[error("the port is a number from 0x8 to 0xfff8")]
    Port,
    /// A UART cannot be set to it.
    #[error(
        "the speed is a divisor of {MAX_BAUD} that is at least {MIN_BAUD}, such as {MAX_BAUD} or 9600"
    )]
    Baud,
}

/// Reads the value of one `--console`.
///
/// # Errors
///
/// See [`ConsoleError`].
pub fn parse(text: &str) -> Result<Console, ConsoleError> {
    if text == "none" {
        return Ok(Console::SILENT);
    }
    let mut parts = text.split(',');
    let port = match parts.next() {
        Some("io") => port(parts.next().ok_or(ConsoleError::Form)?)?,
        name => {
            let named = NAMED.iter().find(|(named, _)| Some(*named) == name);
            named.ok_or(ConsoleError::Form)?.1
        }
    };
    let baud = parts.next().map_or(Ok(0), baud)?;
    if parts.next().is_some() {
        return Err(ConsoleError::Form);
    }
    Ok(Console::uart(port, baud))
}

/// Why the values of all `--console` do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ConsolesError {
    /// The header has no place for so many.
    #[error(
        "--console is given {count} times, and the purgatory speaks on at most {CONSOLES}: leave some out"
    )]
    TooMany { count: usize },
    /// Whoever asks for silence and for a console has not decided.
    #[error("--console=none is silence: leave it out, or the others")]
    NoneAndOthers,
    /// Every line would be there twice.
    #[error("--console names the port {port:#x} twice: leave one out")]
    Twice { port: u64 },
}

/// The consoles as the header has them.
///
/// # Errors
///
/// See [`ConsolesError`].
pub fn together(consoles: &[Console]) -> Result<[Console; CONSOLES], ConsolesError> {
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

fn port(text: &str) -> Result<u16, ConsoleError> {
    let digits = text.strip_prefix("0x").ok_or(ConsoleError::Port)?;
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let port = u16::from_str_radix(digits, 16).ok().filter(|_| all_digits);
    port.filter(|port| uart::is_first_port(*port)).ok_or(ConsoleError::Port)
}

fn baud(text: &str) -> Result<u32, ConsoleError> {
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let baud = text.parse().ok().filter(|_| all_digits).ok_or(ConsoleError::Baud)?;
    uart::is_baud(baud).then_some(baud).ok_or(ConsoleError::Baud)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        assert_eq!(parse("ttyS0"), Ok(Console::uart(0x3f8, 0)));
        assert_eq!(parse("ttyS3,115200"), Ok(Console::uart(0x2e8, 115_200)));
        assert_eq!(parse("io,0x2f8"), Ok(Console::uart(0x2f8, 0)));
        assert_eq!(parse("io,0xfff8,1200"), Ok(Console::uart(0xfff8, 1200)));
        assert_eq!(parse("none"), Ok(Console::SILENT));
    }

    #[test]
    fn four_that_go_together() {
        let [first, second] = [Console::uart(0x3f8, 9600), Console::uart(0x2f8, 9600)];
        let none = Console::default();
        assert_eq!(together(&[]), Ok([none; 4]));
        assert_eq!(together(&[first, second]), Ok([first, second, none, none]));
        assert_eq!(together(&[Console::SILENT]), Ok([Console::SILENT, none, none, none]));
    }

    #[test]
    fn some_that_do_not() {
        let first = Console::uart(0x3f8, 9600);
        assert_eq!(together(&[first; 5]), Err(ConsolesError::TooMany { count: 5 }));
        let faster = Console::uart(0x3f8, 115_200);
        assert_eq!(together(&[first, faster]), Err(ConsolesError::Twice { port: 0x3f8 }));
        for pair in [[first, Console::SILENT], [Console::SILENT; 2]] {
            assert_eq!(together(&pair), Err(ConsolesError::NoneAndOthers));
        }
    }

    #[test]
    fn no_form() {
        for text in
            ["", "ttyS4", "ttyS", "ttyS00", "ttyS0,9600,8n1", "io", "vga", "none,9600", "3f8"]
        {
            assert_eq!(parse(text), Err(ConsoleError::Form), "{text}");
        }
        for text in ["io,", "io,3f8", "io,0x7", "io,0xfff9", "io,0x10000", "io,0x+3f8"] {
            assert_eq!(parse(text), Err(ConsoleError::Port), "{text}");
        }
        for text in [
            "ttyS0,",
            "ttyS0,0",
            "ttyS0,600",
            "ttyS0,7000",
            "ttyS0,230400",
            "ttyS0,n",
            "ttyS0,+9600",
        ] {
            assert_eq!(parse(text), Err(ConsoleError::Baud), "{text}");
        }
    }
}

//! How long loading takes, which `cargo xtask bench` measures in a virtual machine and hands on.

use std::str::FromStr;

/// What one loader took.
#[derive(Clone, Debug, PartialEq)]
pub struct Loading {
    /// The row.
    pub name: String,
    /// From the command to its end, in seconds.
    pub seconds: f64,
}

impl FromStr for Loading {
    type Err = &'static str;

    /// Reads `NAME=SECONDS`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "want NAME=SECONDS";
        let (name, seconds) = text.split_once('=').ok_or(WANTED)?;
        let seconds = seconds.parse().map_err(|_| WANTED)?;
        Ok(Self { name: name.to_owned(), seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_seconds_are_read_and_nothing_else() {
        let expected = Loading { name: "load-kexec-c".to_owned(), seconds: 1.25 };
        assert_eq!("load-kexec-c=1.25".parse::<Loading>(), Ok(expected));
        for wrong in ["load-kexec-c", "load-kexec-c=", "load-kexec-c=x"] {
            assert!(wrong.parse::<Loading>().is_err(), "{wrong}");
        }
    }
}

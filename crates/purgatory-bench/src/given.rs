//! Rows that `cargo xtask bench` counts in the boot shim or measures in a virtual machine, as arguments of this program.

use serde::Serialize;
use std::str::FromStr;

/// Instructions of one row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counted {
    /// The row.
    pub name: String,
    /// Instructions for each byte that is verified.
    pub per_byte: f64,
    /// Instructions of a purgatory from its entry to the jump where nothing is to be verified.
    pub around: Option<u64>,
}

impl FromStr for Counted {
    type Err = &'static str;

    /// Parses `NAME=PER_BYTE` or `NAME=PER_BYTE,AROUND`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (name, counts) = text.split_once('=')?;
            let (per_byte, around) = match counts.split_once(',') {
                Some((per_byte, around)) => (per_byte, Some(around.parse().ok()?)),
                None => (counts, None),
            };
            Some(Self { name: name.to_owned(), per_byte: per_byte.parse().ok()?, around })
        };
        parse().ok_or("want NAME=PER_BYTE or NAME=PER_BYTE,AROUND")
    }
}

/// The time that one loader takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Loading {
    /// The row.
    pub name: String,
    /// From the command to its end, in seconds.
    pub seconds: f64,
}

impl FromStr for Loading {
    type Err = &'static str;

    /// Parses `NAME=SECONDS`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, seconds) = text.split_once('=').ok_or("want NAME=SECONDS")?;
        let seconds = seconds.parse().map_err(|_| "want NAME=SECONDS")?;
        Ok(Self { name: name.to_owned(), seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_parsed_with_and_without_around() {
        for (text, around) in [("a=5.057,14136", Some(14_136)), ("a=5.057", None)] {
            assert_eq!(text.parse(), Ok(Counted { name: "a".into(), per_byte: 5.057, around }));
        }
        for wrong in ["a", "a=", "a=5,", "a=x,1", "a=1,2,3"] {
            assert!(wrong.parse::<Counted>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_is_parsed() {
        assert_eq!("a=1.25".parse(), Ok(Loading { name: "a".into(), seconds: 1.25 }));
        for wrong in ["a", "a=", "a=x"] {
            assert!(wrong.parse::<Loading>().is_err(), "{wrong}");
        }
    }
}

//! Counts of instructions, which `cargo xtask bench` takes in the boot shim and hands on.

use std::str::FromStr;

/// What was counted of one row.
#[derive(Clone, Debug, PartialEq)]
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

    /// Reads `NAME=PER_BYTE` or `NAME=PER_BYTE,AROUND`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "want NAME=PER_BYTE or NAME=PER_BYTE,AROUND";
        let (name, counts) = text.split_once('=').ok_or(WANTED)?;
        let (per_byte, around) = match counts.split_once(',') {
            Some((per_byte, around)) => (per_byte, Some(around.parse().map_err(|_| WANTED)?)),
            None => (counts, None),
        };
        let per_byte = per_byte.parse().map_err(|_| WANTED)?;
        Ok(Self { name: name.to_owned(), per_byte, around })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_with_and_without_what_is_around() {
        let counted = |text: &str| text.parse::<Counted>();
        let name = "ours-linux".to_owned();
        let around = Some(14_136);
        assert_eq!(
            counted("ours-linux=5.057,14136"),
            Ok(Counted { name: name.clone(), per_byte: 5.057, around })
        );
        assert_eq!(
            counted("ours-linux=5.057"),
            Ok(Counted { name, per_byte: 5.057, around: None })
        );
        for wrong in ["ours-linux", "ours-linux=", "ours-linux=5,", "ours-linux=x,1", "a=1,2,3"] {
            assert!(counted(wrong).is_err(), "{wrong}");
        }
    }
}

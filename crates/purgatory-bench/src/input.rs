//! The input of this program: a JSON file, which `cargo xtask bench` writes.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The files to measure, the number of rounds, the rows that are measured elsewhere, and the files to write.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The files to measure.
    pub sources: Sources,
    /// Samples of each figure.
    pub rounds: usize,
    /// Rows that are counted in the boot shim.
    pub instructions: Vec<Counted>,
    /// Rows that are measured in a virtual machine.
    pub loading: Vec<Loading>,
    /// The file for the figures as JSON.
    pub json: Option<PathBuf>,
    /// The directory for benchmark.svg and benchmark-flat.svg.
    pub pictures: Option<PathBuf>,
}

/// The files to measure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// The directory of our blobs: purgatory-linux.ro and the others.
    pub blobs: PathBuf,
    /// The stock kernels, oldest first.
    pub kernels: Vec<Kernel>,
    /// The initrd that is loaded with the newest kernel.
    pub initrd: PathBuf,
    /// The kexec of a distribution.
    pub kexec: PathBuf,
    /// Our scalar implementation with the blobs' flags: libpurgatory_bench_scalar.so.
    pub scalar: PathBuf,
    /// OpenSSL's libcrypto.so.3.
    pub libcrypto: PathBuf,
    /// The compiled ipsec_mb.c, which loads libIPSec_MB.
    pub ipsec_mb: PathBuf,
}

/// A stock kernel.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Kernel {
    /// The version in the name of its row, for example `6.12`.
    pub version: String,
    /// Its file, a bzImage.
    pub file: PathBuf,
}

/// The instructions of one row.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Counted {
    /// The row.
    pub name: String,
    /// Instructions for each byte that is verified.
    pub per_byte: f64,
    /// Instructions of a purgatory from its entry to the jump, if there is nothing to verify.
    pub around: Option<u64>,
}

/// The loading time of one loader.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Loading {
    /// The row.
    pub name: String,
    /// The time from the command's start to its end, in seconds.
    pub seconds: f64,
}

impl Input {
    /// Reads an input file.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read, or does not have the format that `cargo xtask bench` writes.
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file);
        let input = text.map_err(anyhow::Error::from).and_then(|text| Self::parse(&text));
        input.with_context(|| format!("cannot read {}", file.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        Ok(serde_json::from_str(text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
        "sources": { "blobs": "b", "kernels": [{ "version": "6.12", "file": "/boot/vmlinuz" }], "initrd": "i",
            "kexec": "k", "scalar": "s", "libcrypto": "c", "ipsec_mb": "m" },
        "rounds": 11,
        "instructions": [{ "name": "a", "per_byte": 5.057, "around": 14136 }, { "name": "b", "per_byte": 2.5 }],
        "loading": [{ "name": "c", "seconds": 1.25 }],
        "json": null, "pictures": "docs" }"#;

    #[test]
    fn reads_files_rounds_and_rows() {
        let input = Input::parse(TEXT).unwrap();
        let kernel = Kernel { version: "6.12".into(), file: "/boot/vmlinuz".into() };
        assert_eq!((input.sources.kernels, input.rounds), (vec![kernel], 11));
        let counted =
            |name: &str, per_byte, around| Counted { name: name.into(), per_byte, around };
        assert_eq!(
            input.instructions,
            [counted("a", 5.057, Some(14_136)), counted("b", 2.5, None)]
        );
        assert_eq!(input.loading, [Loading { name: "c".into(), seconds: 1.25 }]);
        assert_eq!((input.json, input.pictures), (None, Some("docs".into())));
    }

    #[test]
    fn rejects_a_missing_unknown_or_malformed_field() {
        for (right, wrong) in [
            (r#""version": "6.12", "#, ""),
            (r#""rounds": 11,"#, ""),
            (r#""per_byte": 2.5"#, r#""around": 1"#),
            (r#""around": 14136"#, r#""around": "x""#),
            (r#""seconds": 1.25"#, r#""seconds": "x""#),
            (r#""json": null"#, r#""jason": null"#),
        ] {
            assert!(Input::parse(&TEXT.replace(right, wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_a_file_that_cannot_be_read() {
        let error = Input::read(Path::new("/nowhere")).unwrap_err().to_string();
        assert_eq!(error, "cannot read /nowhere");
    }
}

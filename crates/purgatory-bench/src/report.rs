//! The figures of a run, and their JSON. docs/benchmark.md describes each field.

use crate::figures::Figures;
use crate::input::{Counted, Loading};
use serde::Serialize;

/// All figures of one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// The processor's name.
    pub cpu: String,
    /// The number of samples for each figure.
    pub rounds: usize,
    /// The memory-resident figures, including those of the crash image.
    pub rows: Vec<Row>,
    /// The cache-resident figures.
    pub cache_rows: Vec<Row>,
    /// The purgatories' figures for all sizes.
    pub sizes: Vec<Size>,
    /// Instructions, counted by an emulator.
    pub instructions: Vec<Counted>,
    /// Loading times in a virtual machine.
    pub loading: Vec<Loading>,
    /// The rows without figures.
    pub missing: Vec<Missing>,
}

/// A row's figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The row.
    pub name: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// A row's figures for one size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Size {
    /// The row.
    pub name: String,
    /// The size of the image, in bytes.
    pub bytes: usize,
    /// The number of segments.
    pub segments: usize,
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// A row without figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The row.
    pub name: String,
    /// The reason.
    pub why: String,
}

impl Report {
    /// Returns the memory-resident figures of a row.
    #[must_use]
    pub fn row(&self, name: &str) -> Option<Figures> {
        figures(&self.rows, name)
    }

    /// Returns the cache-resident figures of a row.
    #[must_use]
    pub fn cache_row(&self, name: &str) -> Option<Figures> {
        figures(&self.cache_rows, name)
    }

    /// Returns the number of samples that the core's other thread disturbed, and the number of all samples.
    #[must_use]
    pub fn disturbed(&self) -> (usize, usize) {
        let rows = self.rows.iter().chain(&self.cache_rows).map(|row| row.figures);
        let all = rows.chain(self.sizes.iter().map(|size| size.figures));
        all.fold((0, 0), |(disturbed, samples), figures| {
            (disturbed + figures.disturbed, samples + self.rounds)
        })
    }

    /// Returns the reason why a row has no figures.
    #[must_use]
    pub fn why_missing(&self, name: &str) -> Option<&str> {
        let found = self.missing.iter().find(|missing| missing.name == name);
        found.map(|missing| missing.why.as_str())
    }

    /// Returns the report as JSON, with a trailing newline.
    ///
    /// # Errors
    ///
    /// Returns an error if serialization fails, which does not happen with string keys.
    pub fn json(&self) -> serde_json::Result<String> {
        Ok(format!("{:#}\n", serde_json::to_value(self)?))
    }
}

fn figures(rows: &[Row], name: &str) -> Option<Figures> {
    rows.iter().find(|row| row.name == name).map(|row| row.figures)
}

#[cfg(test)]
impl Row {
    /// Returns a row with this speed, and two cycles a byte.
    pub(crate) fn at(name: &str, gb_per_s: f64) -> Self {
        Self { name: name.into(), figures: Figures::at(gb_per_s, 2.0) }
    }
}

#[cfg(test)]
impl Size {
    /// Returns a row's figures for a size, with this cost.
    pub(crate) fn at(name: &str, bytes: usize, segments: usize, cycles_per_byte: f64) -> Self {
        Self { name: name.into(), bytes, segments, figures: Figures::at(1.0, cycles_per_byte) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn report() -> Report {
        let figures = Figures {
            min: 1.5,
            max: 2.5,
            cycles_per_byte_at_best: 1.125,
            disturbed: 3,
            ..Figures::at(2.0, 1.25)
        };
        let row = |name: &str| Row { name: name.into(), figures };
        Report {
            cpu: "Zen".into(),
            rounds: 11,
            rows: vec![row("sha2")],
            cache_rows: vec![row("openssl")],
            sizes: vec![Size { name: "ours-linux".into(), bytes: 1 << 20, segments: 16, figures }],
            instructions: vec![Counted {
                name: "ours-linux".into(),
                per_byte: 5.5,
                around: Some(9),
            }],
            loading: vec![Loading { name: "load-kexec-s".into(), seconds: 1.5 }],
            missing: vec![Missing { name: "zero-scan".into(), why: "no reason".into() }],
        }
    }

    #[test]
    fn json_has_the_documented_fields() {
        let json: Value = serde_json::from_str(&report().json().unwrap()).unwrap();
        let figures = |mut keys: Value| {
            keys["gb_per_s"] = 2.0.into();
            keys["min"] = 1.5.into();
            keys["max"] = 2.5.into();
            keys["cycles_per_byte"] = 1.25.into();
            keys["cycles_per_byte_at_best"] = 1.125.into();
            keys["disturbed"] = 3.into();
            keys
        };
        let size = json!({ "name": "ours-linux", "bytes": 1_048_576, "segments": 16 });
        let expected = json!({
            "cpu": "Zen",
            "rounds": 11,
            "rows": [figures(json!({ "name": "sha2" }))],
            "cache_rows": [figures(json!({ "name": "openssl" }))],
            "sizes": [figures(size)],
            "instructions": [{ "name": "ours-linux", "per_byte": 5.5, "around": 9 }],
            "loading": [{ "name": "load-kexec-s", "seconds": 1.5 }],
            "missing": [{ "name": "zero-scan", "why": "no reason" }],
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn empty_report_has_the_same_keys() {
        let keys = |report: Report| -> Vec<String> {
            let json: Value = serde_json::from_str(&report.json().unwrap()).unwrap();
            json.as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(keys(Report::default()), keys(report()));
    }

    #[test]
    fn a_row_has_figures_or_a_reason() {
        let report = report();
        assert_eq!(report.disturbed(), (9, 33));
        assert!(report.row("sha2").is_some() && report.cache_row("openssl").is_some());
        assert!(report.row("openssl").is_none() && report.cache_row("sha2").is_none());
        assert_eq!(report.why_missing("zero-scan"), Some("no reason"));
        assert_eq!(report.why_missing("sha2"), None);
    }
}

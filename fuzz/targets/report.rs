//! Fuzzes the parser of reports: a parsed line is written as it was read.

#![no_main]

use purgatory_abi::report::{Line, Report, Write};
use purgatory_fuzz::write_seeds;

/// The complete reports of the host tests, one for each loader.
const REPORTS: [&str; 3] = [
    include_str!("../../purgatory/src/run/tests/kexec-tools.txt"),
    include_str!("../../purgatory/src/run/tests/linux.txt"),
    include_str!("../../purgatory/src/run/tests/native.txt"),
];

/// Returns each report of each file. Short inputs are fast.
fn seeds() -> Vec<Vec<u8>> {
    REPORTS.iter().flat_map(|reports| reports.split("# ")).map(Vec::from).collect()
}

libfuzzer_sys::fuzz_target!(init: write_seeds(&seeds()), |bytes: &[u8]| {
    let log = String::from_utf8_lossy(bytes);
    let report = Report::parse(&log);
    // Lines that contradict each other are possible.
    let _ = report.segments();
    assert_eq!(report.verdict(), report.verdicts().last());
    assert!(report.warnings().count() <= report.lines.len());
    for line in &report.lines {
        let mut written = Vec::new();
        line.write(&mut written);
        let written = String::from_utf8(written).expect("a report is text");
        assert_eq!(Line::parse(&written), Some(*line), "{written:?}");
    }
});

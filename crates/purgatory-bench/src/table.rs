//! The result as a text table.

use crate::figures::Figures;
use crate::input::{Counted, Loading};
use crate::ratios::{Outcome, ratios};
use crate::report::{Report, Size};
use crate::rows::ROWS;
use std::fmt::Write;

/// Returns the text of a report: rows, sizes, instructions, loading times, ratios.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut text = format!("{}, median of {} rounds\n", report.cpu, report.rounds);
    let (disturbed, samples) = report.disturbed();
    let _ =
        writeln!(text, "samples disturbed by the core's other thread: {disturbed} of {samples}\n");
    rows(&mut text, report);
    sizes(&mut text, report);
    instructions(&mut text, report);
    loading(&mut text, report);
    ratio_rows(&mut text, report);
    text
}

// The functions below ignore results of `write!`: writing to a String cannot fail.

fn rows(text: &mut String, report: &Report) {
    let heads = ["GB/s", "min", "max", "c/B", "x stock"];
    let _ = write!(text, "{:<22}", "row");
    heads.iter().for_each(|head| _ = write!(text, " {head:>8}"));
    let _ = writeln!(text, " | {:>8} {:>8}  from the L2 cache", heads[0], heads[3]);
    let stock = report.row("stock-linux-6.12").map(|figures| figures.gb_per_s);
    for name in names(report) {
        let _ = write!(text, "{name:<22}");
        let Some(Figures { gb_per_s, min, max, cycles_per_byte, .. }) = report.row(name) else {
            let _ = writeln!(text, " {}", report.why_missing(name).unwrap_or("not measured"));
            continue;
        };
        let _ = write!(text, " {gb_per_s:>8.2} {min:>8.2} {max:>8.2} {cycles_per_byte:>8.2}");
        let times = stock.map(|stock| format!("{:.1}", gb_per_s / stock));
        let _ = write!(text, " {:>8} |", times.unwrap_or_default());
        if let Some(Figures { gb_per_s, cycles_per_byte, .. }) = report.cache_row(name) {
            let _ = write!(text, " {gb_per_s:>8.2} {cycles_per_byte:>8.2}");
        }
        text.push('\n');
    }
}

/// Returns the names of the known rows, then of other rows in the report.
fn names(report: &Report) -> Vec<&str> {
    let mut names = ROWS.to_vec();
    let more = report.rows.iter().map(|row| &row.name);
    let more = more.chain(report.missing.iter().map(|row| &row.name));
    names.extend(more.map(String::as_str).filter(|name| !ROWS.contains(name)));
    names
}

fn sizes(text: &mut String, report: &Report) {
    let mut names: Vec<&str> = report.sizes.iter().map(|size| size.name.as_str()).collect();
    names.dedup();
    let Some(first) = names.first() else { return };
    let columns: Vec<&Size> = report.sizes.iter().filter(|size| size.name == *first).collect();
    let _ = write!(text, "\n{:<23}", "best c/B, by MiB");
    columns.iter().for_each(|size| _ = write!(text, " {:>6}", size.bytes >> 20));
    let _ = write!(text, "\n{:<23}", "number of segments");
    columns.iter().for_each(|size| _ = write!(text, " {:>6}", size.segments));
    text.push('\n');
    for name in names {
        let _ = write!(text, "{name:<23}");
        for size in report.sizes.iter().filter(|size| size.name == name) {
            let _ = write!(text, " {:>6.2}", size.figures.cycles_per_byte_at_best);
        }
        text.push('\n');
    }
}

fn instructions(text: &mut String, report: &Report) {
    if report.instructions.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{:<22} {:>8} {:>8}", "instructions", "a byte", "fixed");
    for Counted { name, per_byte, around } in &report.instructions {
        let around = around.map(|around| around.to_string()).unwrap_or_default();
        let _ = writeln!(text, "{name:<22} {per_byte:>8.2} {around:>8}");
    }
}

fn loading(text: &mut String, report: &Report) {
    if report.loading.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{:<22} {:>8}", "loading time, emulated", "seconds");
    for Loading { name, seconds } in &report.loading {
        let _ = writeln!(text, "{name:<22} {seconds:>8.2}");
    }
}

fn ratio_rows(text: &mut String, report: &Report) {
    let _ = writeln!(text, "\n{:<46} {:>8} {:>8}", "ratio", "required", "measured");
    for ratio in ratios(report) {
        let (value, result) = match &ratio.outcome {
            Outcome::Reached(value) => (Some(*value), "reached"),
            Outcome::Missed(value) => (Some(*value), "MISSED"),
            Outcome::NotJudged(value, reason) => (*value, reason.as_str()),
        };
        let value = value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
        let target = ratio.target.to_string();
        let _ = writeln!(text, "{:<46} {target:>8} {value:>8}  {result}", ratio.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Missing, Row};

    fn report() -> Report {
        let mut ours = Row::at("ours-linux", 2.0);
        (ours.figures.min, ours.figures.max, ours.figures.disturbed) = (0.25, 4.0, 12);
        let size = |bytes| Size::at("ours-linux", bytes, 4, 1.25);
        Report {
            cpu: "Zen".into(),
            rounds: 11,
            rows: vec![Row::at("stock-linux-6.12", 0.5), ours, Row::at("mine", 1.0)],
            cache_rows: vec![Row::at("ours-linux", 3.0)],
            sizes: vec![size(1 << 20), size(64 << 20)],
            instructions: vec![Counted {
                name: "implementation-x".into(),
                per_byte: 2.5,
                around: None,
            }],
            loading: vec![Loading { name: "load-x".into(), seconds: 1.25 }],
            missing: vec![Missing { name: "blake3".into(), why: "it is not SHA-256".into() }],
        }
    }

    fn line<'t>(text: &'t str, start: &str) -> Vec<&'t str> {
        let line = text.lines().find(|line| line.starts_with(start)).expect(start);
        line.split_whitespace().collect()
    }

    #[test]
    fn prints_a_row_and_its_ratio_to_the_stock_row() {
        let text = text(&report());
        let expected = ["ours-linux", "2.00", "0.25", "4.00", "2.00", "4.0", "|", "3.00", "2.00"];
        assert_eq!(line(&text, "ours-linux "), expected);
        assert_eq!(line(&text, "mine ")[5], "2.0");
        assert!(text.contains("other thread: 12 of 66\n"), "{text}");
    }

    #[test]
    fn prints_every_row_with_figures_or_a_reason() {
        let text = text(&report());
        assert_eq!(line(&text, "blake3 "), ["blake3", "it", "is", "not", "SHA-256"]);
        assert_eq!(line(&text, "openssl "), ["openssl", "not", "measured"]);
        for name in ROWS {
            line(&text, name);
        }
    }

    #[test]
    fn prints_sizes_and_ratios() {
        let text = text(&report());
        assert_eq!(line(&text, "best c/B, by MiB")[4..], ["1", "64"]);
        let target = line(&text, "ours-linux / stock-linux-6.12");
        assert_eq!(target[3..], [">=", "3.8", "4.00", "reached"]);
    }

    #[test]
    fn prints_instructions() {
        let text = text(&report());
        assert_eq!(line(&text, "implementation-x "), ["implementation-x", "2.50"]);
    }

    #[test]
    fn prints_loading_times() {
        assert_eq!(line(&text(&report()), "load-x "), ["load-x", "1.25"]);
    }

    #[test]
    fn omits_sizes_instructions_and_loading_of_an_empty_report() {
        let text = text(&Report::default());
        let absent = ["best c/B, by MiB", "instructions", "loading"];
        assert!(absent.iter().all(|part| !text.contains(part)));
    }
}

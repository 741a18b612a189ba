//! All runs, the stock purgatory beside ours.

use std::fmt::Write;

use purgatory_abi::verdict::key;

use super::case::{OURS, Purgatory, TWINS};
use super::outcome::{End, Outcome};

/// One run for the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kernel's name.
    pub kernel: String,
    /// Which purgatory it loaded.
    pub purgatory: Purgatory,
    /// The case's name.
    pub case: &'static str,
    /// What was seen, or why there is nothing to tell.
    pub seen: Result<Outcome, String>,
}

const HEAD: [&str; 4] = ["kernel", "case", "stock purgatory", "ours"];

/// The table, in Markdown, with columns that a person can read as they are; sorted by kernel and case.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| {
        let mut known = TWINS.iter().chain(&OURS);
        (row.kernel.clone(), known.position(|case| case.name == row.case))
    });
    let mut cells: Vec<[String; 4]> = vec![HEAD.map(str::to_owned)];
    let mut known: Vec<(&str, &str)> = Vec::new();
    for row in &rows {
        if known.contains(&(&row.kernel, row.case)) {
            continue;
        }
        known.push((&row.kernel, row.case));
        let cell = |purgatory| {
            let same = |other: &&Row| {
                (&other.kernel, other.case, other.purgatory) == (&row.kernel, row.case, purgatory)
            };
            rows.iter().find(same).map_or_else(|| "-".to_owned(), |row| tell(&row.seen))
        };
        let (stock, ours) = (cell(Purgatory::Stock), cell(Purgatory::Ours));
        cells.push([row.kernel.clone(), row.case.to_owned(), stock, ours]);
    }

    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max();
    let widths = [0, 1, 2, 3].map(|column| width(column).unwrap_or(0));
    let mut text = String::new();
    for (index, row) in cells.iter().enumerate() {
        line(&mut text, row, widths);
        if index == 0 {
            line(&mut text, &widths.map(|width| "-".repeat(width)), widths);
        }
    }
    text
}

fn line(text: &mut String, row: &[String; 4], widths: [usize; 4]) {
    for (cell, width) in row.iter().zip(widths) {
        // Writing to a String cannot fail.
        let _ = write!(text, "| {cell:width$} ");
    }
    text.push_str("|\n");
}

/// A run in a few words.
#[must_use]
pub fn tell(seen: &Result<Outcome, String>) -> String {
    let outcome = match seen {
        Ok(outcome) => outcome,
        Err(error) => return format!("FAILED: {}", error.lines().next().unwrap_or_default()),
    };
    let mut words = Vec::new();
    if let (Some(status), Some(after)) = (outcome.verdict(key::STATUS), outcome.verdict_after) {
        let action = outcome.verdict(key::ACTION).unwrap_or_default();
        words.push(format!("says {status}, {action} after {:.1} s", after.as_secs_f64()));
    }
    if let (Some(_), Some(after)) = (&outcome.kernel, outcome.kernel_after) {
        words.push(format!("kernel up after {:.1} s", after.as_secs_f64()));
    }
    if let Some(dump) = &outcome.dump {
        words.push(format!("dump {dump}"));
    }
    let end = outcome.end_after.as_secs_f64();
    match outcome.end {
        End::Spinning => words.push(format!("spins without a word (seen after {end:.1} s)")),
        End::Left if outcome.kernel.is_none() => words.push(format!("reset after {end:.1} s")),
        End::Left | End::Halted => {}
    }
    words.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn row(kernel: &str, purgatory: Purgatory, seen: Result<Outcome, String>) -> Row {
        Row { kernel: kernel.to_owned(), purgatory, case: "clean", seen }
    }

    fn booted() -> Outcome {
        Outcome {
            kernel: Some("6.1.0".into()),
            kernel_after: Some(Duration::from_millis(5120)),
            dump: Some("status=0 bytes=7".into()),
            reports: Vec::new(),
            verdict_after: None,
            end: End::Left,
            end_after: Duration::from_secs(6),
        }
    }

    #[test]
    fn a_run_s_cells_stand_side_by_side() {
        let rows = [
            row("6.12", Purgatory::Ours, Err("it broke\nin two lines".into())),
            row("6.1", Purgatory::Ours, Ok(booted())),
            row("6.1", Purgatory::Stock, Ok(Outcome { kernel: None, ..booted() })),
        ];
        let table = table(&rows);
        let cells = |line: &str| line.split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>();
        let lines: Vec<_> = table.lines().map(cells).collect();
        assert_eq!(lines[0][1..5], HEAD);
        let reset = "dump status=0 bytes=7; reset after 6.0 s";
        let booted = "kernel up after 5.1 s; dump status=0 bytes=7";
        assert_eq!(lines[2][1..5], ["6.1", "clean", reset, booted]);
        assert_eq!(lines[3][1..5], ["6.12", "clean", "-", "FAILED: it broke"]);
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn silence_is_told() {
        let silent = Outcome { kernel: None, dump: None, end: End::Spinning, ..booted() };
        assert_eq!(tell(&Ok(silent)), "spins without a word (seen after 6.0 s)");
    }
}

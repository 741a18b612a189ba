//! What a report of the native purgatory says is damaged (docs/report.md, "Segments of the native purgatory").

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use purgatory_abi::verdict;

/// What is said of a segment with damage. Addresses are physical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Damage {
    /// What the segment is.
    pub(super) kind: String,
    /// Where it is.
    pub(super) segment: Range<u64>,
    /// How many of its chunks are damaged.
    pub(super) chunks: u64,
    /// The number of the first of them.
    pub(super) first: u64,
    /// Where that one is.
    pub(super) chunk: Range<u64>,
    /// What its digest should be, in hexadecimal.
    pub(super) expected: String,
    /// What it is.
    pub(super) actual: String,
}

/// The segments with damage, in the order of the report.
///
/// # Errors
/// A line is not as documented.
pub(super) fn damages(report: &[String]) -> Result<Vec<Damage>> {
    let lines: Vec<Vec<&str>> = report
        .iter()
        .filter_map(|line| Some(line.split_once(verdict::LINE)?.1.split_whitespace().collect()))
        .collect();
    let starts = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.first() == Some(&"segment") && line.contains(&"damaged:"));
    starts.map(|(at, _)| damage(&lines[at..])).collect()
}

/// `segment 0 FIRST-LAST N bytes KIND damaged: 2 of 3 chunks, first 1`, then `chunk 1 FIRST-LAST …`, `expected sha256 HEX`,
/// `actual sha256 HEX`.
fn damage(lines: &[Vec<&str>]) -> Result<Damage> {
    let word = |line: usize, word: usize| {
        let line = lines.get(line).context("the report ends too early")?;
        line.get(word).copied().with_context(|| format!("a short line: {}", line.join(" ")))
    };
    let is = |line: usize, first: &str| -> Result<()> {
        ensure!(word(line, 0)? == first, "no {first} where it should be: {:?}", lines.get(line));
        Ok(())
    };
    let number = |line, at| word(line, at)?.parse::<u64>().context("this is no number");
    is(1, "chunk")?;
    is(2, "expected")?;
    is(3, "actual")?;
    let first = number(0, 12)?;
    ensure!(number(1, 1)? == first, "another chunk than the first: {:?}", lines.get(1));
    Ok(Damage {
        kind: word(0, 5)?.to_owned(),
        segment: range(word(0, 2)?)?,
        chunks: number(0, 7)?,
        first,
        chunk: range(word(1, 2)?)?,
        expected: word(2, 2)?.to_owned(),
        actual: word(3, 2)?.to_owned(),
    })
}

/// `0xFIRST-0xLAST`.
fn range(text: &str) -> Result<Range<u64>> {
    let number = |text: &str| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok();
    let (first, last) = text.split_once('-').context("this is no range")?;
    let range = number(first).zip(number(last).and_then(|last| last.checked_add(1)));
    let (start, end) = range.with_context(|| format!("this is no range: {text}"))?;
    Ok(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
purgatory: mismatch
purgatory: segment  0  0x0000000001000000-0x0000000001029387        168840 bytes  kernel  damaged: 2 of 3 chunks, first 1
purgatory:   chunk 1  0x0000000001010000-0x000000000101ffff
purgatory:   expected sha256 00ff
purgatory:   actual   sha256 11ee
purgatory: segment  1  0x0000000002000000-0x000000000200ffff         65536 bytes  initrd
purgatory: segment  2  0x0000000003000000-0x0000000003000fff          4096 bytes  elfcorehdr  not verified
";

    fn read(report: &str) -> Result<Vec<Damage>> {
        damages(&report.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_segment_with_damage_is_read_and_no_other() {
        let damage = Damage {
            kind: "kernel".into(),
            segment: 0x100_0000..0x102_9388,
            chunks: 2,
            first: 1,
            chunk: 0x101_0000..0x102_0000,
            expected: "00ff".into(),
            actual: "11ee".into(),
        };
        assert_eq!(read(REPORT).unwrap(), [damage]);
        assert_eq!(read("purgatory: mismatch\nsegment damaged:\n").unwrap(), []);
    }

    #[test]
    fn a_line_that_is_not_as_documented_is_an_error() {
        assert!(read(&REPORT.replace("chunk 1 ", "chunk 2 ")).is_err());
        assert!(read(&REPORT.replace("expected", "unexpected")).is_err());
        assert!(read(&REPORT.replace("first 1", "first one")).is_err());
        assert!(read(&REPORT.replace("0x0000000001010000", "1010000")).is_err());
        assert!(read(&REPORT.lines().take(3).collect::<Vec<_>>().join("\n")).is_err());
    }
}

//! The report in a serial log.

use super::{
    ChunkLine, DigestLine, DigestOf, Line, NonzeroLine, SegmentLine, VerdictLine, WarningLine,
    has_prefix,
};
use crate::DIGEST_BYTES;
use alloc::vec::Vec;

/// The lines of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report<'a> {
    /// The well-formed lines, in their order.
    pub lines: Vec<Line<'a>>,
    /// Lines with the prefix of a report that are not of a known kind. The command-line tool may have printed them: its
    /// messages start with the same name.
    pub others: Vec<&'a str>,
}

impl<'a> FromIterator<&'a str> for Report<'a> {
    fn from_iter<T: IntoIterator<Item = &'a str>>(log: T) -> Self {
        let mut report = Self::default();
        for text in log {
            match Line::parse(text) {
                Some(line) => report.lines.push(line),
                None if has_prefix(text) => report.others.push(text),
                None => {}
            }
        }
        report
    }
}

/// A segment and the lines about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentReport {
    /// The segment.
    pub segment: SegmentLine,
    /// Its first corrupted chunk, if its payload is corrupted.
    pub chunk: Option<ChunkReport>,
    /// The address of the first byte of its zero padding that is non-zero or unmapped.
    pub first_nonzero: Option<u64>,
}

/// The first corrupted chunk of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkReport {
    /// Its memory.
    pub chunk: ChunkLine,
    /// Its digest by the loader.
    pub expected: [u8; DIGEST_BYTES],
    /// Its digest in memory.
    pub actual: [u8; DIGEST_BYTES],
}

impl<'a> Report<'a> {
    /// Parses a serial log.
    #[must_use]
    pub fn parse(log: &'a str) -> Self {
        log.lines().collect()
    }

    /// The verdicts. Usually there is one; an exception after it adds another one, which counts.
    pub fn verdicts(&self) -> impl DoubleEndedIterator<Item = &VerdictLine<'a>> {
        self.lines.iter().filter_map(|line| match line {
            Line::Verdict(verdict) => Some(verdict),
            _ => None,
        })
    }

    /// The verdict that counts.
    #[must_use]
    pub fn verdict(&self) -> Option<&VerdictLine<'a>> {
        self.verdicts().next_back()
    }

    /// The warnings.
    pub fn warnings(&self) -> impl Iterator<Item = &WarningLine<'a>> {
        self.lines.iter().filter_map(|line| match line {
            Line::Warning(warning) => Some(warning),
            _ => None,
        })
    }

    /// The segments. Returns `None` if a line about a segment is missing or contradicts another one.
    #[must_use]
    pub fn segments(&self) -> Option<Vec<SegmentReport>> {
        let mut segments = Vec::new();
        let mut lines = &self.lines[..];
        while let [line, rest @ ..] = lines {
            lines = rest;
            match line {
                Line::Segment(segment) => {
                    let (found, rest) = segment_report(segment, rest)?;
                    segments.push(found);
                    lines = rest;
                }
                Line::Chunk(_)
                | Line::Nonzero(_)
                | Line::Digest(DigestLine {
                    of: DigestOf::ExpectedChunk | DigestOf::ActualChunk,
                    ..
                }) => return None,
                _ => {}
            }
        }
        Some(segments)
    }
}

/// A segment with the lines that follow it, and the lines after those.
fn segment_report<'l, 'a>(
    segment: &SegmentLine,
    mut lines: &'l [Line<'a>],
) -> Option<(SegmentReport, &'l [Line<'a>])> {
    let mut found = SegmentReport { segment: *segment, chunk: None, first_nonzero: None };
    if let Some(corruption) = segment.corruption {
        let [Line::Chunk(chunk), Line::Digest(expected), Line::Digest(actual), rest @ ..] = lines
        else {
            return None;
        };
        let of = (expected.of, actual.of) == (DigestOf::ExpectedChunk, DigestOf::ActualChunk);
        if !of || chunk.index != corruption.first {
            return None;
        }
        let (expected, actual) = (expected.digest, actual.digest);
        found.chunk = Some(ChunkReport { chunk: *chunk, expected, actual });
        lines = rest;
    }
    if let [Line::Nonzero(NonzeroLine { address }), rest @ ..] = lines {
        found.first_nonzero = Some(*address);
        lines = rest;
    }
    Some((found, lines))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;
    use crate::native::SegmentKind;
    use crate::report::Corruption;
    use crate::status::{Action, Status};
    use std::format;
    use std::string::{String, ToString as _};

    fn corrupted() -> String {
        format!(
            "\
[    3.1] Kernel panic
purgatory: mismatch
purgatory: segment  0  0x0000000001000000-0x0000000001029387        168840 bytes  kernel  corrupted: 2 of 3 chunks, first 1
purgatory:   chunk 1  0x0000000001010000-0x000000000101ffff
purgatory:   expected sha256 {}
purgatory:   actual   sha256 {}
purgatory:   not zero at 0x0000000001028000
purgatory: segment  1  0x0000000002000000-0x000000000200ffff         65536 bytes  initrd
purgatory: segment  2  0x0000000003000000-0x0000000003000fff          4096 bytes  elfcorehdr  not verified
purgatory: verdict version=1 loader=native status=mismatch implementation=avx2 regions=2 bytes=1 nmis=0 action=continue
purgatory: verdict version=1 loader=native status=fault implementation=none regions=0 bytes=0 nmis=0 action=reset
",
            "0f".repeat(32),
            "e1".repeat(32)
        )
    }

    #[test]
    fn segments_have_their_lines() {
        let log = corrupted();
        let report = Report::parse(&log);
        assert!(report.others.is_empty(), "{report:?}");
        let segments = report.segments().expect("consistent");
        let kernel = SegmentReport {
            segment: SegmentLine {
                index: 0,
                region: Region { start: 0x100_0000, len: 168_840 },
                kind: SegmentKind::Kernel,
                verified: true,
                corruption: Some(Corruption { corrupted: 2, chunks: 3, first: 1 }),
            },
            chunk: Some(ChunkReport {
                chunk: ChunkLine {
                    index: 1,
                    region: Region { start: 0x101_0000, len: 0x1_0000 },
                    fill: None,
                },
                expected: [0x0f; 32],
                actual: [0xe1; 32],
            }),
            first_nonzero: Some(0x102_8000),
        };
        assert_eq!(segments[0], kernel);
        let others = segments[1..].iter().map(|found| (found.segment.kind, found.segment.verified));
        assert!(others.eq([(SegmentKind::Initrd, true), (SegmentKind::Elfcorehdr, false)]));
        assert!(segments[1..].iter().all(|s| (s.chunk, s.first_nonzero) == (None, None)));
    }

    #[test]
    fn segments_with_missing_or_contradictory_lines_are_rejected() {
        let log = corrupted();
        let without = |text: &str| {
            let lines = log.lines().filter(|line| !line.contains(text));
            lines.collect::<Report<'_>>().segments().is_some()
        };
        assert!(without("panic") && without("not zero") && without("initrd"));
        for text in ["segment  0", "chunk 1", "expected", "actual"] {
            assert!(!without(text), "{text}");
        }
        for (from, to) in
            [("chunk 1 ", "chunk 2 "), ("first 1", "first 0"), ("  expected", "  actual  ")]
        {
            assert_eq!(Report::parse(&log.replace(from, to)).segments(), None, "{to}");
        }
    }

    #[test]
    fn the_last_verdict_counts() {
        let log = corrupted();
        let report = Report::parse(&log);
        assert_eq!(report.verdicts().count(), 2);
        let verdict = report.verdict().expect("a verdict");
        assert_eq!((verdict.status, verdict.action), (Status::Fault, Action::Reset));
        assert_eq!(Report::parse("purgatory: mismatch\r\n").verdict(), None);
    }

    #[test]
    fn lines_of_no_known_kind_are_kept_apart() {
        let log = "x\r\npurgatory: warning: parameter-unknown at 0x0000000000000001 a\r\npurgatory: cannot\r\n";
        let report = Report::parse(log);
        let warnings = report.warnings().map(|warning| warning.warning.name().to_string());
        assert!(warnings.eq(["parameter-unknown"]));
        assert_eq!((report.lines.len(), &report.others[..]), (1, &["purgatory: cannot"][..]));
    }
}

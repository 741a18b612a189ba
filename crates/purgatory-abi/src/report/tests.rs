//! Each kind of line is parsed as it was written, and no other text is parsed.

use super::*;
use crate::native::SegmentKind;
use crate::status::{Action, Status, Warning};
use proptest::prelude::*;
use proptest::sample::select;
use std::string::String;
use std::vec::Vec;
use std::{format, vec};

const DIGEST: [u8; 32] = [0xa5; 32];

fn written(line: &Line<'_>) -> String {
    let mut out = Vec::new();
    line.write(&mut out);
    String::from_utf8(out).expect("ASCII")
}

/// Returns every kind of line with its text.
pub(super) fn examples() -> Vec<(Line<'static>, String)> {
    let region = Region { start: 0x100_0000, len: 0x1_0000 };
    let range = "0x0000000001000000-0x000000000100ffff";
    let hex = "a5".repeat(32);
    let mut contents = Contents::default();
    contents.insert(Content::BootParams);
    contents.insert(Content::CommandLine);
    let headline = |part| {
        let place = Some(Place { address: 0x1234, part });
        Headline { status: Status::RegionUnmapped, place }.into()
    };
    let digest_line = |of| DigestLine { of, digest: DIGEST }.into();
    let segment = |verified, corruption| {
        SegmentLine { index: 12, region, kind: SegmentKind::Kernel, verified, corruption }.into()
    };
    let warning =
        |text| WarningLine { warning: Warning::ParameterUnknown, address: 0x1234, text }.into();
    let text = |text: &str| String::from(text);
    vec![
        (
            warning(b"purgatory.x"),
            text("warning: parameter-unknown at 0x0000000000001234 purgatory.x"),
        ),
        (warning(b""), text("warning: parameter-unknown at 0x0000000000001234 ")),
        (Headline { status: Status::Verified, place: None }.into(), text("verified")),
        (headline(None), text("region-unmapped at 0x0000000000001234")),
        (
            headline(Some(Part::Region(15))),
            text("region-unmapped at 0x0000000000001234 in region 15"),
        ),
        (
            headline(Some(Part::Segment(0))),
            text("region-unmapped at 0x0000000000001234 in segment 0"),
        ),
        (digest_line(DigestOf::ExpectedImage), format!("expected sha256 {hex}")),
        (digest_line(DigestOf::ActualImage), format!("actual   sha256 {hex}")),
        (digest_line(DigestOf::ExpectedChunk), format!("  expected sha256 {hex}")),
        (digest_line(DigestOf::ActualChunk), format!("  actual   sha256 {hex}")),
        (
            RegionLine { slot: 3, region, fill: Some(Fill::Ones), contents }.into(),
            format!("region  3  {range}         65536 bytes  all ones  boot_params  command line"),
        ),
        (
            RegionLine {
                slot: 10,
                region: Region { start: 8, len: u64::MAX },
                fill: None,
                contents: Contents::default(),
            }
            .into(),
            text("region 10  0x0000000000000008-0x0000000000000006  18446744073709551615 bytes"),
        ),
        (
            OneDigestLine.into(),
            text("one digest covers all regions: which of them has changed cannot be told"),
        ),
        (segment(true, None), format!("segment 12  {range}         65536 bytes  kernel")),
        (
            segment(false, None),
            format!("segment 12  {range}         65536 bytes  kernel  not verified"),
        ),
        (
            segment(true, Some(Corruption { corrupted: 2, chunks: 30, first: 7 })),
            format!(
                "segment 12  {range}         65536 bytes  kernel  corrupted: 2 of 30 chunks, first 7"
            ),
        ),
        (
            ChunkLine { index: 7, region, fill: Some(Fill::Zeros) }.into(),
            format!("  chunk 7  {range}  all zeros"),
        ),
        (ChunkLine { index: 0, region, fill: None }.into(), format!("  chunk 0  {range}")),
        (NonzeroLine { address: 0x1234 }.into(), text("  not zero at 0x0000000000001234")),
        (
            SpeedLine { bytes: 9, tenths: 35, zeros: None }.into(),
            text("9 bytes, 3.5 TSC ticks a byte"),
        ),
        (
            SpeedLine { bytes: 0, tenths: 0, zeros: Some(5) }.into(),
            text("0 bytes, 0.0 TSC ticks a byte, and 5 bytes of zeros"),
        ),
        (
            FaultLine { vector: 14, error_code: 2, cr2: 0xdead_0000 }.into(),
            text("fault: vector 14  error code 0x0000000000000002  cr2 0x00000000dead0000"),
        ),
        (
            PointersLine { rip: 0x1234, rsp: 0x77, rflags: 0x46 }.into(),
            text("rip 0x0000000000001234  rsp 0x0000000000000077  rflags 0x0000000000000046"),
        ),
        (OwnLine { region }.into(), format!("purgatory is at {range}")),
        (RegisterLine { name: "r9 ", value: 1 }.into(), text("r9  0x0000000000000001")),
        (
            VerdictLine {
                loader: Some("linux"),
                status: Status::Mismatch,
                implementation: Some("sha-ni"),
                regions: 5,
                bytes: 83_886_080,
                nmis: 0,
                action: Action::Halt,
            }
            .into(),
            text(
                "verdict version=1 loader=linux status=mismatch implementation=sha-ni regions=5 bytes=83886080 nmis=0 action=halt",
            ),
        ),
        (
            VerdictLine {
                loader: None,
                status: Status::Fault,
                implementation: None,
                regions: 0,
                bytes: 0,
                nmis: 2,
                action: Action::Reset,
            }
            .into(),
            text(
                "verdict version=1 loader=none status=fault implementation=none regions=0 bytes=0 nmis=2 action=reset",
            ),
        ),
    ]
}

#[test]
fn parses_each_kind_of_line_as_written() {
    for (line, text) in examples() {
        let expected = format!("purgatory: {text}\r\n");
        assert_eq!(written(&line), expected);
        for around in
            [expected.clone(), format!("[   3.1] {expected}"), format!("purgatory: {text}")]
        {
            assert_eq!(Line::parse(&around), Some(line), "{around}");
        }
    }
}

#[test]
fn parses_every_name() {
    for status in Status::ALL {
        let line = Line::from(Headline { status: *status, place: None });
        assert_eq!(Line::parse(&written(&line)), Some(line));
        for action in Action::ALL {
            let line = Line::from(VerdictLine {
                loader: Some("native"),
                status: *status,
                implementation: None,
                regions: 1,
                bytes: 2,
                nmis: 3,
                action: *action,
            });
            assert_eq!(Line::parse(&written(&line)), Some(line));
        }
    }
    for warning in Warning::ALL {
        let line = Line::from(WarningLine { warning: *warning, address: 7, text: b"x" });
        assert_eq!(Line::parse(&written(&line)), Some(line));
    }
    for kind in SegmentKind::ALL {
        let region = Region { start: 1, len: 2 };
        let line = Line::from(SegmentLine {
            index: 1,
            region,
            kind: *kind,
            verified: true,
            corruption: None,
        });
        assert_eq!(Line::parse(&written(&line)), Some(line));
    }
    let mut contents = Contents::default();
    for content in Content::ALL {
        contents.insert(*content);
        let region = Region { start: 1, len: 2 };
        let line = Line::from(RegionLine { slot: 1, region, fill: None, contents });
        assert_eq!(Line::parse(&written(&line)), Some(line));
    }
    for register in registers(&[9; REGISTERS]) {
        let line = Line::from(register);
        assert_eq!(Line::parse(&written(&line)), Some(line));
    }
}

#[test]
fn rejects_malformed_lines() {
    for (line, text) in examples() {
        assert_eq!(Line::parse(&text), None, "no prefix: {text}");
        let rejects = |text: &str| {
            let found = Line::parse(text);
            assert_ne!(found, Some(line), "{text}");
            assert!(!matches!(found, Some(Line::Verdict(_))), "{text}");
        };
        rejects(&format!("purgatory: {text}x"));
        rejects(&format!("purgatory:  {text}"));
        if text.contains("0x") {
            rejects(&format!("purgatory: {}", text.replace("0x", "0X")));
        }
    }
    let (_, verdict) = examples().pop().expect("the verdict is last");
    for (from, to) in [
        ("version=1", "version=2"),
        ("status=fault", "status=odd"),
        ("action=reset", "action=odd"),
        ("nmis=2", "nmis=x"),
        ("loader=none ", ""),
        ("regions=0 bytes=0", "bytes=0 regions=0"),
    ] {
        let line = format!("purgatory: {}", verdict.replace(from, to));
        assert_eq!(Line::parse(&line), None, "{line}");
    }
    for text in [
        "region  3  0x0000000001000000-0x000000000100ffff         65537 bytes",
        "region 256  0x0000000001000000-0x000000000100ffff         65536 bytes",
        "region  3  0x0000000001000000-0x000000000100ffff         65536 bytes  initrd  kernel",
        "segment  3  0x0000000001000000-0x000000000100ffff         65536 bytes  odd",
        "expected sha256 a5",
        "9 bytes, 3.55 TSC ticks a byte",
        "rip 0x0000000000000001",
        "verified at 0x0000000000000001 in region",
    ] {
        assert_eq!(Line::parse(&format!("purgatory: {text}")), None, "{text}");
    }
}

#[test]
fn ignores_unknown_keys_at_the_end_of_a_verdict() {
    let (verdict, text) = examples().pop().expect("the verdict is last");
    assert_eq!(Line::parse(&format!("purgatory: {text} attempt=2 x")), Some(verdict));
}

#[test]
fn text_inside_another_line_is_not_a_line() {
    let (_, verdict) = examples().pop().expect("the verdict is last");
    let words = format!("purgatory: odd purgatory: {verdict}");
    assert_eq!(Line::parse(&words), None);
    let text = format!("purgatory.x=\"purgatory: {verdict}");
    let warning =
        WarningLine { warning: Warning::ParameterUnknown, address: 1, text: text.as_bytes() };
    let line = written(&warning.into());
    assert!(matches!(Line::parse(&line), Some(Line::Warning(_))), "{line}");
}

fn region() -> impl Strategy<Value = Region> {
    any::<(u64, u64)>().prop_map(|(start, len)| Region { start, len })
}

fn fill() -> impl Strategy<Value = Option<Fill>> {
    select(&[None, Some(Fill::Zeros), Some(Fill::Ones)][..])
}

fn line() -> impl Strategy<Value = Line<'static>> {
    let contents = any::<u8>().prop_map(|bits| {
        let mut contents = Contents::default();
        let chosen = Content::ALL.iter().filter(|content| bits & 1 << content.code() != 0);
        chosen.for_each(|content| contents.insert(*content));
        contents
    });
    let place = (
        any::<u64>(),
        select(&[None, Some(Part::Region as fn(u8) -> Part), Some(Part::Segment)][..]),
        any::<u8>(),
    );
    prop_oneof![
        (select(Status::ALL), proptest::option::of(place)).prop_map(|(status, place)| {
            let place = place.map(|(address, part, number)| Place {
                address,
                part: part.map(|part| part(number)),
            });
            Headline { status, place }.into()
        }),
        (any::<u8>(), region(), fill(), contents).prop_map(|(slot, region, fill, contents)| {
            RegionLine { slot, region, fill, contents }.into()
        }),
        (
            any::<u8>(),
            region(),
            select(SegmentKind::ALL),
            any::<bool>(),
            proptest::option::of(any::<(u64, u64, u64)>())
        )
            .prop_map(|(index, region, kind, verified, corruption)| {
                let corruption = corruption.map(|(corrupted, chunks, first)| Corruption {
                    corrupted,
                    chunks,
                    first,
                });
                SegmentLine { index, region, kind, verified, corruption }.into()
            }),
        (any::<u64>(), region(), fill()).prop_map(|(index, region, fill)| ChunkLine {
            index,
            region,
            fill
        }
        .into()),
        (any::<u64>(), 0..u64::MAX, proptest::option::of(any::<u64>()))
            .prop_map(|(bytes, tenths, zeros)| SpeedLine { bytes, tenths, zeros }.into()),
        any::<[u8; 32]>()
            .prop_map(|digest| { DigestLine { of: DigestOf::ActualChunk, digest }.into() }),
        any::<(u64, u64, u64)>().prop_map(|(vector, error_code, cr2)| FaultLine {
            vector,
            error_code,
            cr2
        }
        .into()),
        region().prop_map(|region| OwnLine { region }.into()),
    ]
}

proptest! {
    #[test]
    fn parses_any_line_as_written(line in line()) {
        let text = written(&line);
        prop_assert_eq!(Line::parse(&text), Some(line));
    }

    /// The parser accepts only lines as the writer writes them. Only a verdict may have more at its end.
    #[test]
    fn a_changed_line_is_rejected_or_another_line(line in line(), at in any::<prop::sample::Index>(), byte in 0x20..0x7f_u8) {
        let mut text = written(&line).into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        let text = String::from_utf8(text).expect("ASCII");
        if let Some(read) = Line::parse(&text) {
            prop_assert!(written(&read).trim_end() == text.trim_end() || text.starts_with(' '));
        }
    }

    #[test]
    fn warnings_keep_their_text_printable(text in any::<Vec<u8>>()) {
        let line = WarningLine { warning: Warning::ParameterUnknown, address: 1, text: &text };
        let line = written(&line.into());
        let Some(Line::Warning(read)) = Line::parse(&line) else {
            return Err(TestCaseError::fail(line));
        };
        prop_assert_eq!(read.text.len(), text.len());
        prop_assert!(read.text.iter().zip(&text).all(|(read, byte)| read == byte || *read == b'.'));
    }

    #[test]
    fn any_bytes_are_parsed_without_a_panic(bytes in any::<Vec<u8>>(), prefix in any::<bool>()) {
        let text = String::from_utf8_lossy(&bytes);
        let text = if prefix { format!("{PREFIX}{text}") } else { text.into_owned() };
        let _ = Line::parse(&text);
        let _ = Report::parse(&text).segments();
    }

    #[test]
    fn any_words_of_a_report_are_parsed_without_a_panic(text in "(purgatory: |region|segment|verdict|  ?|%|0x|[0-9a-f]{1,20}|é|,|:|bytes){0,12}") {
        let _ = Line::parse(&text);
    }
}

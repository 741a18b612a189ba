//! The consoles that print the report, and the conditions for it.

use super::linux::LoadedImage;
use crate::hardware::fake::OwnedEnd;

/// The last line of the report of an intact image.
const VERDICT: &str = "purgatory: verdict version=1 loader=linux status=verified implementation=scalar regions=3 bytes=4129 nmis=0 action=boot\r\n";

/// The numbers of bytes on ttyS0 and on ttyS1, and the end of the text on both.
fn lengths(line: &str) -> [usize; 2] {
    let ran = LoadedImage::with(line).run();
    assert!(matches!(ran.end, OwnedEnd::HandOff(_)));
    for text in &ran.text {
        assert!(text.is_empty() || text.ends_with(VERDICT), "{text}");
    }
    ran.text.map(|text| text.len())
}

#[test]
fn prints_the_report_on_exactly_the_configured_consoles() {
    const ALL: usize = 451;
    for (line, expected) in [
        ("", [0, 0]),
        ("console=ttyS0 console=ttyS1", [0, 0]),
        ("purgatory.verbose", [ALL, 0]),
        ("console=ttyS1 purgatory.verbose", [0, ALL]),
        ("console=ttyS0 console=ttyS1 purgatory.verbose", [ALL, ALL]),
        ("console=ttyS0 purgatory.console=none purgatory.verbose", [0, 0]),
        // There is no UART at ttyS2.
        ("console=ttyS2 console=ttyS1 purgatory.verbose", [0, ALL]),
    ] {
        assert_eq!(lengths(line), expected, "{line}");
    }
}

#[test]
fn prints_a_warning_and_the_verdict_for_a_verified_image() {
    let ran = LoadedImage::with("purgatory.verbos").run();
    let warning = "purgatory: warning: parameter-unknown at 0x";
    let [first, last] = [ran.text[0].lines().next(), ran.text[0].split_inclusive('\n').next_back()];
    assert!(first.is_some_and(|line| line.starts_with(warning)), "{first:?}");
    assert!(first.is_some_and(|line| line.ends_with(" purgatory.verbos")), "{first:?}");
    assert_eq!((last, ran.text[0].lines().count()), (Some(VERDICT), 2));
}

#[test]
fn nmis_are_counted_in_the_verdict() {
    let mut loaded = LoadedImage::with("purgatory.verbose");
    loaded.machine.nmis = 3;
    let text = loaded.run().text;
    assert!(text[0].ends_with("bytes=4129 nmis=3 action=boot\r\n"), "{}", text[0]);
}

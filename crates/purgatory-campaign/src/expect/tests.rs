//! Reports that do and do not meet a requirement.

use super::*;

fn verdict(loader: &str, status: Status) -> String {
    let status = status.name();
    format!(
        "purgatory: verdict version=1 loader={loader} status={status} implementation=scalar regions=2 bytes=9 nmis=0 action=halt\r\n"
    )
}

fn meets(required: &Required, text: &str) -> bool {
    required.is_met_by(&Report::parse(text))
}

fn hex(byte: u8) -> String {
    format!("{byte:02x}").repeat(32)
}

#[test]
fn a_status_must_be_one_of_the_required() {
    let required = Required::Report(vec![Status::HeaderUnknown, Status::HeaderCorrupted]);
    assert!(meets(&required, &verdict("native", Status::HeaderCorrupted)));
    assert!(!meets(&required, &verdict("native", Status::ListCorrupted)));
    assert!(!meets(&required, "purgatory: header-corrupted at 0x1\r\n"));
}

#[test]
fn no_report_meets_a_required_start_and_each_an_optional_one() {
    let text = verdict("linux", Status::Fault);
    assert!(!meets(&Required::Start, &text));
    assert!(meets(&Required::StartOrReport, &text));
    assert!(!meets(&Required::StartOrReport, ""));
}

#[test]
fn both_digests_of_a_drop_in_must_be_exact() {
    let required = Required::Digest { expected: [0x11; 32], actual: [0x22; 32] };
    let report = |expected, actual, status| {
        let [expected, actual] = [expected, actual].map(hex);
        let verdict = verdict("linux", status);
        format!(
            "purgatory: mismatch\r\npurgatory: expected sha256 {expected}\r\npurgatory: actual   sha256 {actual}\r\n{verdict}"
        )
    };
    assert!(meets(&required, &report(0x11, 0x22, Status::Mismatch)));
    assert!(!meets(&required, &report(0x11, 0x23, Status::Mismatch)));
    assert!(!meets(&required, &report(0x12, 0x22, Status::Mismatch)));
    assert!(!meets(&required, &report(0x11, 0x22, Status::Fault)));
}

#[test]
fn segment_chunk_and_digests_must_be_exact() {
    let corrupted = |index, first, actual| {
        let chunks = Some((1, first));
        let digests = Some([[0x11; 32], [actual; 32]]);
        Corrupted { index, chunks, digests, first_nonzero: None }
    };
    let text = format!(
        "purgatory: mismatch\r
purgatory: segment  0  0x0000000001000000-0x0000000001000513          1300 bytes  kernel  corrupted: 1 of 1 chunks, first 0\r
purgatory:   chunk 0  0x0000000001000000-0x00000000010003e7\r
purgatory:   expected sha256 {}\r
purgatory:   actual   sha256 {}\r
purgatory: segment  1  0x0000000002000000-0x000000000200001f            32 bytes  initrd\r
{}",
        hex(0x11),
        hex(0x22),
        verdict("native", Status::Mismatch)
    );
    assert!(meets(&Required::Segments(vec![corrupted(0, 0, 0x22)]), &text));
    for other in [corrupted(1, 0, 0x22), corrupted(0, 1, 0x22), corrupted(0, 0, 0x23)] {
        assert!(!meets(&Required::Segments(vec![other]), &text));
    }
    assert!(!meets(&Required::Segments(vec![]), &text));
}

#[test]
fn corruption_has_the_first_chunk_and_the_first_nonzero_byte() {
    let payload = CHUNK as u64 + 10;
    let segment = Digested { index: 3, start: 0x1000, payload, zeros: 6, is_copy: false };
    let loaded = vec![0; CHUNK + 16];
    assert_eq!(corruption(&segment, &loaded, &loaded), None);
    let mut now = loaded.clone();
    now[CHUNK + 1] = 1;
    let found = corruption(&segment, &loaded, &now).expect("a chunk");
    assert_eq!((found.index, found.chunks, found.first_nonzero), (3, Some((1, 1)), None));
    let mut now = loaded.clone();
    now[CHUNK + 12] = 1;
    let found = corruption(&segment, &loaded, &now).expect("a byte");
    assert_eq!((found.chunks, found.first_nonzero), (None, Some(0x1000 + payload + 2)));
}

#[test]
fn two_of_three_copies_decide_if_there_are_copies() {
    let good = [&MAGIC[..], &[0x5a; 8]].concat();
    let mut contents = good.clone();
    contents[3] ^= 0xff;
    let mut second = good.clone();
    second[0] ^= 1;
    let copies = [good.as_slice(), &second].concat();
    repair(&mut contents, &copies);
    assert_eq!(contents, good);
    repair(&mut contents, &[0; 32]);
    assert_eq!(contents, good, "without copies nothing changes");
    let mut both = good.clone();
    both[9] ^= 1;
    contents[9] ^= 1;
    repair(&mut contents, &[good.as_slice(), &both].concat());
    assert_ne!(contents, good, "two corrupted copies outvote the intact one");
}

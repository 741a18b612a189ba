//! Many chunks: with `std`, two threads digest them, with the same results.

use crate::native;
use crate::seal::{BASE, REGS, segment, sha256};
use proptest::prelude::*;
use purgatory_loader::{Blob, Image, Options};
use purgatory_sha256::{Implementation, Instructions};

/// Seals an image of these payloads. Returns all digests, and the reports of progress.
fn seal(payloads: &[Vec<u8>]) -> (Vec<u8>, Vec<(u64, u64)>) {
    let object = native::purgatory().write();
    let mut image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
    let segments: Vec<_> = payloads.iter().map(|payload| segment(0, payload)).collect();
    let implementation = Implementation::ranked(Instructions::default()).next().unwrap();
    let mut reports = Vec::new();
    let progress = |done, all| reports.push((done, all));
    image.seal(REGS, &segments, &Options::default(), implementation, progress).unwrap();
    let list = u64::from_le_bytes(image.bytes()[200..208].try_into().unwrap()) - BASE;
    let digests = list as usize + 16 + 40 * (payloads.len() + 1);
    (image.bytes()[digests..].to_vec(), reports)
}

/// Returns bytes with different values.
fn payload(len: usize, seed: u8) -> Vec<u8> {
    (0..len).map(|at| (at / 251) as u8 ^ seed).collect()
}

fn expected(payloads: &[Vec<u8>]) -> Vec<u8> {
    payloads.iter().flat_map(|payload| payload.chunks(65_536)).flat_map(sha256).collect()
}

#[test]
fn progress_grows_from_some_bytes_to_all() {
    let payloads = [payload(9 << 20, 1), payload(7_000_005, 2)];
    let (digests, reports) = seal(&payloads);
    assert!(digests == expected(&payloads));
    let all = (9 << 20) + 7_000_005;
    assert!(reports.iter().all(|(_, of)| *of == all), "{reports:?}");
    assert!(reports.is_sorted() && reports.len() > 1, "{reports:?}");
    assert!(reports[0].0 > 0 && reports[0].0 < all, "{reports:?}");
    assert_eq!(reports.last(), Some(&(all, all)));
}

#[test]
fn reports_progress_without_chunks() {
    let (digests, reports) = seal(&[]);
    assert_eq!((digests.len(), reports), (0, vec![(0, 0)]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn digests_match_sha2(
        lens in prop::collection::vec(0usize..12_000_000, 0..4), seed in 0u8..200
    ) {
        let payloads: Vec<_> = (seed..=255).zip(lens).map(|(seed, len)| payload(len, seed)).collect();
        prop_assert!(seal(&payloads).0 == expected(&payloads));
    }
}

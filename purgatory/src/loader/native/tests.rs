//! The native loader tables: known and unknown headers. No bytes cause a panic.

use super::fake_image::{
    CONSOLES, COPIES_AT, FLAGS, FakeImage, HEADER_BYTES, KERNEL, KNOWN, LIST, LIST_AT, OWN, POLICY,
    REGISTERS, RIP,
};
use super::*;
use crate::digest_scheme::DigestScheme;
use crate::memory::fake::Pieces;
use crate::report;
use crate::verify::{Outcome, chunks};
use proptest::prelude::*;
use purgatory_abi::FailureAction;
use purgatory_abi::status::Warning;
use purgatory_sha256::{Implementation, Instructions};
use zerocopy::FromBytes;

/// Returns the defect of the plan.
fn defect(image: &FakeImage) -> Option<Defect> {
    image.with_plan(|plan| plan.attempts[0].check.segments.err())
}

fn at(status: Status, address: u64) -> Option<Defect> {
    Some(Defect { status, slot: None, address })
}

#[test]
fn plans_an_image_as_the_loader_wrote_it() {
    FakeImage::sample().with_plan(|plan| {
        assert_eq!(
            (plan.loader, plan.attempts[0].target, plan.attempts[0].entry.rip),
            ("native", KERNEL, KERNEL)
        );
        assert_eq!(
            (plan.attempts[0].image.kernel, plan.attempts[0].image.boot_params),
            (KERNEL, 0)
        );
        assert_eq!(
            plan.attempts[0].check.segments.map(|segments| segments.numbered().count()),
            Ok(5)
        );
        assert_eq!(plan.attempts[0].check.regions(), 3, "without elfcorehdr and the purgatory");
        assert_eq!(plan.attempts[0].check.code, 0, "the code has its digest");
        let own = plan.attempts[0].check.tables.iter().flatten();
        let own = own.map(|own| (own.address, own.bytes.len(), own.corrupted));
        let list = 16 + 5 * 40 + 4 * 32;
        assert_eq!(
            own.collect::<Vec<_>>(),
            [(OWN.start, 352, Status::HeaderCorrupted), (LIST, list, Status::ListCorrupted),]
        );
        let warnings: Vec<_> = plan.warnings.iter().map(|noted| noted.warning).collect();
        assert_eq!(warnings, [Warning::BootParamsUnmapped]);
    });
}

#[test]
fn rejects_a_header_with_another_magic_version_or_size() {
    assert_eq!(defect(&FakeImage::sample()), None);
    for place in 0..16 {
        let mut image = FakeImage::sample();
        image.header[place] ^= 2;
        image.seal();
        assert_eq!(defect(&image), at(Status::HeaderUnknown, OWN.start), "byte {place}");
        image.with_plan(|plan| {
            assert!(
                plan.attempts[0].check.tables.iter().all(Option::is_none),
                "nothing else in it is believed"
            );
            assert_eq!(plan.attempts[0].check.regions(), 0);
        });
    }
}

#[test]
fn rejects_unknown_flags_policies_and_consoles() {
    let flags = FLAGS..FLAGS + 8;
    let policy = [POLICY, POLICY + 1, POLICY + 2, POLICY + 3];
    let consoles = (0..4).flat_map(|console| (0..4).map(move |at| CONSOLES + 16 * console + at));
    for place in flags.chain(policy).chain(consoles) {
        let mut image = FakeImage::sample();
        image.header[place] = 4;
        image.seal();
        assert_eq!(defect(&image), at(Status::HeaderUnknown, OWN.start), "byte {place}");
        image.with_plan(|plan| {
            let own = plan.attempts[0].check.tables.iter().flatten().map(|own| own.corrupted);
            assert_eq!(own.collect::<Vec<_>>(), [Status::HeaderCorrupted], "it may be corrupted");
        });
    }
}

#[test]
fn accepts_all_flags_policies_and_consoles_of_this_version() {
    let mut image = FakeImage::sample();
    image.header[POLICY..][..8].copy_from_slice(&[3, 1, 0, 0, 255, 255, 255, 255]);
    for (console, kind) in [1, 2, 0, 1].into_iter().enumerate() {
        image.header[CONSOLES + 16 * console] = kind;
        image.header[CONSOLES + 16 * console + 4..][..12].fill(255);
    }
    image.seal();
    assert_eq!(defect(&image), None);
}

/// The sample with the flag for copies, which are in these pages.
fn with_copies(start: u64, len: u64) -> FakeImage {
    let mut image = FakeImage::sample();
    image.set(KNOWN, 1);
    image.set(FLAGS, 1);
    image.set(COPIES_AT, start);
    image.set(COPIES_AT + 8, len);
    image.seal();
    image
}

#[test]
fn accepts_copies_only_in_the_pages_after_the_contents() {
    assert_eq!(defect(&with_copies(OWN.start + 4096, 4096)), None);
    let unknown = at(Status::HeaderUnknown, OWN.start);
    for (start, len) in [(0, 0), (OWN.start, 4096), (OWN.start + 4096, 1368), (u64::MAX, 4096)] {
        assert_eq!(defect(&with_copies(start, len)), unknown, "{start:#x}");
    }
    let mut without_flag = FakeImage::sample();
    without_flag.set(COPIES_AT, 1);
    without_flag.seal();
    assert_eq!(defect(&without_flag), unknown);
}

#[test]
fn warns_of_repaired_contents_and_missing_copies() {
    let copies = OWN.start + 4096;
    let with = with_copies(copies, 4096);
    let mut corrupted = with_copies(copies, 4096);
    corrupted.header[POLICY] ^= 1;
    let boot_params = (Warning::BootParamsUnmapped, 0);
    for (image, repaired, expected) in [
        (&with, 0, None),
        (&with, OWN.start + 8, Some((Warning::ContentsRepaired, OWN.start + 8))),
        (&with, copies, Some((Warning::CopiesMissing, copies))),
        // An older loader writes none.
        (&FakeImage::sample(), copies, None),
        // The flag may be corrupted.
        (&corrupted, copies, None),
    ] {
        let warnings: Vec<_> = image.with_plan_repaired(repaired, |plan| {
            plan.warnings.iter().map(|noted| (noted.warning, noted.address)).collect()
        });
        let expected: Vec<_> = expected.into_iter().chain([boot_params]).collect();
        assert_eq!(warnings, expected, "{repaired:#x}");
    }
}

#[test]
fn uses_consoles_and_policy_of_a_known_header() {
    let mut image = FakeImage::sample();
    image.header[POLICY] = 3;
    image.header[CONSOLES] = 2;
    image.seal();
    let settings = image.with_plan(|plan| plan.settings);
    assert_eq!(settings.on_failure, Some(FailureAction::Continue));
    assert_eq!(settings.consoles.iter().count(), 0);
    image.header[8] = 2;
    assert_eq!(image.with_plan(|plan| plan.settings), Settings::DEFAULT);
}

#[test]
fn uses_the_policy_of_a_corrupted_header_but_not_its_consoles() {
    let mut image = FakeImage::sample();
    image.header[POLICY..][..8].copy_from_slice(&[2, 0, 0, 0, 9, 0, 0, 0]);
    // A UART at the ports of PCI configuration and reset, and no console.
    for (kind, address) in [(1, 0xcf8), (2, 0), (1, 7)] {
        image.header[CONSOLES] = kind;
        image.set(CONSOLES + 8, address);
        image.seal();
        assert_ne!(
            image.with_plan(|plan| (plan.settings.consoles, plan.warnings.iter().count())),
            (Settings::DEFAULT.consoles, 1),
            "a sound one's do, or are warned of"
        );
        image.header[REGISTERS] ^= 1;
        let on_failure = Some(FailureAction::Reset(9));
        let expected = Settings { on_failure, ..Settings::DEFAULT };
        let found = image.with_plan(|plan| (plan.settings, plan.warnings.iter().count()));
        assert_eq!(found, (expected, 1), "the warning is that of boot_params");
        image.header[REGISTERS] ^= 1;
    }
}

#[test]
fn limits_the_wait_of_a_corrupted_header() {
    for (seconds, intact, limited) in [(60, 60, 60), (61, 61, 60), (u32::MAX, u32::MAX, 60)] {
        let mut image = FakeImage::sample();
        image.header[POLICY] = 2;
        image.header[POLICY + 4..][..4].copy_from_slice(&seconds.to_le_bytes());
        image.seal();
        let on_failure = |image: &FakeImage| image.with_plan(|plan| plan.settings.on_failure);
        assert_eq!(on_failure(&image), Some(FailureAction::Reset(intact)));
        image.header[REGISTERS] ^= 1;
        assert_eq!(on_failure(&image), Some(FailureAction::Reset(limited)));
    }
}

#[test]
fn does_not_read_the_list_of_a_corrupted_header() {
    for address in [LIST, 0xfee0_0000] {
        let mut image = FakeImage::sample();
        image.set(LIST_AT, address);
        image.header[REGISTERS] ^= 1;
        assert_eq!(defect(&image), at(Status::HeaderCorrupted, OWN.start));
        image.with_plan(|plan| {
            let own = plan.attempts[0].check.tables.iter().flatten().map(|own| own.corrupted);
            assert_eq!(own.collect::<Vec<_>>(), [Status::HeaderCorrupted]);
        });
    }
}

#[test]
fn reports_the_first_unmapped_address_of_the_list() {
    let mut image = FakeImage::sample();
    image.list().pop();
    let len = image.list().len() as u64;
    assert_eq!(defect(&image), at(Status::ListUnmapped, LIST + len));
    image.memory.0.remove(0);
    assert_eq!(defect(&image), at(Status::ListUnmapped, LIST));
    image.with_plan(|plan| {
        let own = plan.attempts[0].check.tables.iter().flatten().map(|own| own.corrupted);
        assert_eq!(own.collect::<Vec<_>>(), [Status::HeaderCorrupted]);
    });
}

#[test]
fn does_not_read_a_list_that_is_too_long() {
    let length = LIST_AT + 8;
    let longer = |bytes: u64| {
        let mut image = FakeImage::sample();
        image.set(length, bytes);
        image.seal_header();
        image
    };
    assert_eq!(defect(&longer(LIST_BYTES + 1)), at(Status::ListMalformed, LIST));
    let end = LIST + FakeImage::sample().list().len() as u64;
    assert_eq!(defect(&longer(LIST_BYTES)), at(Status::ListUnmapped, end));
}

#[test]
fn rejects_a_malformed_list_whose_digest_matches() {
    let mut image = FakeImage::sample();
    // The kernel's kind.
    image.list()[16] = 99;
    image.seal();
    let expected = Defect { status: Status::ListMalformed, slot: Some(0), address: KERNEL };
    assert_eq!(defect(&image), Some(expected));
}

/// Plans, verifies and reports with this header and this memory.
fn plan_verify_and_report(
    header: &[u8; HEADER_BYTES],
    code: &[u8],
    memory: &Pieces,
) -> Outcome<crate::verify::Corruptions> {
    let header = Header::read_from_bytes(header).expect("368 bytes");
    let plan = plan(&RawTables { header: &header, code, repaired: 0, sha_ni: None }, OWN, memory);
    let implementation =
        Implementation::ranked(Instructions::default()).last().expect("one runs everywhere");
    let outcome = chunks(&plan.attempts[0], implementation, memory);
    let mut text = Vec::new();
    report::chunks(&mut text, &plan.attempts[0], &outcome, memory, u64::MAX);
    assert!(text.is_ascii() && text.ends_with(b"\r\n"));
    outcome
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_header_is_handled_without_a_panic(rest in prop::collection::vec(any::<u8>(), HEADER_BYTES), known: bool) {
        let mut header: [u8; HEADER_BYTES] = rest.try_into().expect("368 bytes");
        let image = FakeImage::sample();
        if known {
            header[..16].copy_from_slice(&image.header[..16]);
        }
        let status = plan_verify_and_report(&header, &image.code, &image.memory).status;
        prop_assert_eq!(
            status,
            if known { Status::HeaderCorrupted } else { Status::HeaderUnknown }
        );
    }

    #[test]
    fn any_list_with_a_matching_digest_is_handled_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..400), segments in 0u32..6, digests in 0u64..6
    ) {
        let mut image = FakeImage::sample();
        *image.list() = [
            &segments.to_le_bytes()[..], &65_536u32.to_le_bytes(), &digests.to_le_bytes(), &bytes
        ].concat();
        image.seal();
        plan_verify_and_report(&image.header, &image.code, &image.memory);
    }

    #[test]
    fn changed_numbers_in_a_list_are_handled_without_a_panic(
        places in prop::collection::vec((0usize..5, 0usize..5), 0..4),
        number in prop_oneof![any::<u64>(), 0u64..4, (0u64..5).prop_map(|back| u64::MAX - back)],
    ) {
        let mut image = FakeImage::sample();
        for (slot, field) in &places {
            image.list()[16 + 40 * slot + 8 * field..][..8].copy_from_slice(&number.to_le_bytes());
        }
        image.seal();
        let outcome = plan_verify_and_report(&image.header, &image.code, &image.memory);
        prop_assert_eq!(outcome.status == Status::Verified, outcome.defect.is_none()
            && outcome.found.of_segment.iter().all(crate::verify::Corruption::is_none));
    }

    #[test]
    fn any_registers_are_handled_without_a_panic(number: u64) {
        let mut image = FakeImage::sample();
        for at in (REGISTERS..RIP).step_by(8) {
            image.set(at, number);
        }
        image.seal();
        let status = plan_verify_and_report(&image.header, &image.code, &image.memory).status;
        prop_assert_eq!(status, Status::Verified);
    }
}

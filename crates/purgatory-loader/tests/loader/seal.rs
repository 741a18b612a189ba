//! The bytes that sealing writes. The expected offsets and digests do not come from the library.

use crate::native::{self, HEADER_BYTES};
use proptest::prelude::*;
use purgatory_abi::EntryRegs;
use purgatory_abi::native::{Console, OnFailure, Policy, SegmentKind};
use purgatory_loader::{Blob, Image, Layout, Loaded, Options, Segment, sealed_memsz};
use purgatory_sha256::{Implementation, Instructions};
use sha2::{Digest, Sha256};

/// Address of the purgatory.
pub(crate) const BASE: u64 = 0x1_0000_0000;

/// Size of the object's part with contents: header, code, .rodata, .data.
const BUFSZ: usize = 0x240;

/// Size of the memory before the list, and the offset of the list.
pub(crate) const LIST: usize = 0x340;

/// Registers with distinct values.
pub(crate) const REGS: EntryRegs = EntryRegs {
    rax: 1,
    rcx: 2,
    rdx: 3,
    rbx: 4,
    rsp: 5,
    rbp: 6,
    rsi: 7,
    rdi: 8,
    r8: 9,
    r9: 10,
    r10: 11,
    r11: 12,
    r12: 13,
    r13: 14,
    r14: 15,
    r15: 16,
    rip: 17,
};

/// Returns a segment without zero padding.
pub(crate) fn segment(address: u64, payload: &[u8]) -> Segment<'_> {
    Segment { kind: SegmentKind::Other, address, payload: payload.into(), zeros: 0 }
}

/// Returns the implementation that runs on every processor: the sha2 crate.
pub(crate) fn scalar() -> Implementation {
    Implementation::ranked(Instructions::default()).last().unwrap()
}

pub(crate) fn seal(segments: &[Segment<'_>]) -> Vec<u8> {
    seal_with(segments, &Options::default(), scalar())
}

fn seal_with(
    segments: &[Segment<'_>],
    options: &Options,
    implementation: Implementation,
) -> Vec<u8> {
    let object = native::purgatory().write();
    let blob = Blob::parse(&object).unwrap();
    let mut image = Image::place(&blob, BASE).unwrap();
    let before = image.bytes().to_vec();
    assert_eq!(before.len(), LIST);
    image.seal(REGS, segments, options, implementation, |_, _| {}).unwrap();
    assert_eq!(image.bytes()[HEADER_BYTES..LIST], before[HEADER_BYTES..], "after the header");
    let memsz = sealed_memsz(&Layout::of(&blob).unwrap(), segments);
    assert_eq!(image.bytes().len() as u64, memsz);
    image.bytes().to_vec()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[test]
fn the_header_has_registers_list_and_digests() {
    let bytes = seal(&[segment(0x100_0000, b"kernel")]);
    assert_eq!(bytes[..8], *b"PURGATRY");
    assert_eq!((u32_at(&bytes, 8), u32_at(&bytes, 12)), (1, 400));
    assert_eq!(bytes[16..48], sha256(&bytes[48..400]));
    assert_eq!((u64_at(&bytes, 48), u64_at(&bytes, 56)), (0, 0));
    for register in 0..17 {
        assert_eq!(u64_at(&bytes, 64 + 8 * register), 1 + register as u64);
    }
    // After the zeroed memory, at the next multiple of 64.
    let list = &bytes[LIST..];
    assert_eq!(u64_at(&bytes, 200), BASE + LIST as u64);
    assert_eq!(u64_at(&bytes, 208), list.len() as u64);
    assert_eq!(bytes[216..248], sha256(list));
    assert_eq!(bytes[248..280], sha256(&bytes[HEADER_BYTES..BUFSZ]));
    assert!(bytes[280..400].iter().all(|byte| *byte == 0), "as given on the command line");
}

#[test]
fn the_header_has_policy_and_consoles() {
    let on_failure = OnFailure::Reset.code();
    let policy = Policy { on_failure, verbose: 1, seconds: 300, ..Policy::default() };
    let mut consoles = [Console::default(); 4];
    consoles[0] = Console::uart(0x2f8, 115_200);
    consoles[3] = Console::SILENT;
    let bytes = seal_with(&[], &Options { policy, consoles, ..Options::default() }, scalar());
    assert_eq!(bytes[280..288], [2, 1, 0, 0, 44, 1, 0, 0]);
    assert_eq!(bytes[288..304], [1, 0, 0, 0, 0, 0xc2, 1, 0, 0xf8, 2, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[304..336], [0; 32]);
    assert_eq!(bytes[336..352], [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[16..48], sha256(&bytes[48..400]));
}

#[test]
fn writes_the_digest_of_a_final_elfcorehdr_for_a_purgatory_with_the_flag() {
    let elfcorehdr =
        Segment { kind: SegmentKind::Elfcorehdr, zeros: 7, ..segment(0x200_0000, b"elfcorehdr") };
    let seal = |object: Vec<u8>, segments: &[Segment<'_>], elfcorehdr_is_final| {
        let mut image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
        let options = Options { elfcorehdr_is_final, ..Options::default() };
        image.seal(REGS, segments, &options, scalar(), |_, _| {}).unwrap();
        let bytes = image.bytes().to_vec();
        let decoded = Loaded::decode(&bytes, BASE, scalar()).unwrap();
        assert_eq!(decoded.options().elfcorehdr_is_final, u64_at(&bytes, 56) & 2 != 0);
        (u64_at(&bytes, 56), bytes[368..400].to_vec())
    };
    let with_flag = || native::with_copies().write();
    let (copies, none) = (1, vec![0; 32]);
    let elfcorehdr = [elfcorehdr];
    let digest = sha256(b"elfcorehdr").to_vec();
    assert_eq!(seal(with_flag(), &elfcorehdr, true), (copies | 2, digest));
    assert_eq!(seal(with_flag(), &elfcorehdr, false), (copies, none.clone()));
    assert_eq!(seal(with_flag(), &[segment(0x200_0000, b"k")], true), (copies, none.clone()));
    assert_eq!(seal(native::purgatory().write(), &elfcorehdr, true), (0, none));
}

#[test]
fn writes_two_copies_for_a_purgatory_with_the_flag() {
    let object = native::with_copies().write();
    let mut image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
    image.seal(REGS, &[], &Options::default(), scalar(), |_, _| {}).unwrap();
    let bytes = image.bytes();
    assert_eq!((u64_at(bytes, 48), u64_at(bytes, 56)), (3, 1));
    assert_eq!((u64_at(bytes, 352), u64_at(bytes, 360)), (BASE + 0x1000, 0x1000));
    assert_eq!(bytes[16..48], sha256(&bytes[48..400]));
    for copy in [0x1000, 0x2000] {
        assert!(bytes[copy..copy + BUFSZ] == bytes[..BUFSZ]);
        assert!(bytes[copy + BUFSZ..copy + 0x1000].iter().all(|byte| *byte == 0));
    }
    Loaded::decode(bytes, BASE, scalar()).unwrap();
}

#[test]
fn keeps_and_digests_unknown_header_fields() {
    let object = native::starting_with(&native::longer_header()).write();
    let mut image = Image::place(&Blob::parse(&object).unwrap(), BASE).unwrap();
    let built = image.bytes().to_vec();
    image.seal(REGS, &[], &Options::default(), scalar(), |_, _| {}).unwrap();
    let bytes = image.bytes();
    assert_eq!((u32_at(bytes, 12), u64_at(bytes, 48)), (424, 4));
    assert_eq!(bytes[400..built.len()], built[400..]);
    assert_eq!(bytes[16..48], sha256(&bytes[48..424]));
    let bufsz = Layout::of(&Blob::parse(&object).unwrap()).unwrap().bufsz() as usize;
    assert_eq!(bytes[248..280], sha256(&bytes[424..bufsz]));
}

#[test]
fn the_list_has_every_segment_and_a_digest_for_each_chunk() {
    let kernel: Vec<u8> = (0..150_000u32).map(|i| (i / 7) as u8).collect();
    let boot_params = [9; 65_536];
    let of = |kind, address, payload, zeros| Segment { kind, zeros, ..segment(address, payload) };
    let segments = [
        of(SegmentKind::Kernel, 0x100_0000, &kernel[..], 5000),
        of(SegmentKind::Elfcorehdr, 0x200_0000, b"rewritten", 0),
        of(SegmentKind::Other, 0x300_0000, b"", 4096),
        of(SegmentKind::BootParams, 0x400_0000, &boot_params, 0),
    ];
    let bytes = seal(&segments);
    let list = &bytes[LIST..];
    assert_eq!((u32_at(list, 0), u32_at(list, 4), u64_at(list, 8)), (5, 65_536, 4));
    let own = bytes.len() as u64;
    let entries = [
        (1, 1, 0x100_0000, 150_000, 5000, 0),
        (5, 0, 0x200_0000, 9, 0, 0),
        (8, 1, 0x300_0000, 0, 4096, 3),
        (3, 1, 0x400_0000, 65_536, 0, 3),
        (6, 0, BASE, own, 0, 0),
    ];
    for (index, (kind, verified, address, payload, zeros, first)) in entries.into_iter().enumerate()
    {
        let entry = &list[16 + 40 * index..][..40];
        assert_eq!(entry[..8], [kind, verified, 0, 0, 0, 0, 0, 0], "{index}");
        let numbers = [8, 16, 24, 32].map(|at| u64_at(entry, at));
        assert_eq!(numbers, [address, payload, zeros, first], "{index}");
    }
    let chunks = [&kernel[..65_536], &kernel[65_536..131_072], &kernel[131_072..], &boot_params];
    let digests = chunks.map(sha256).concat();
    assert_eq!(list[16 + 5 * 40..], digests);
}

#[test]
fn adds_the_purgatorys_own_segment() {
    let bytes = seal(&[]);
    assert_eq!(bytes.len(), LIST + 16 + 40);
    assert_eq!((u32_at(&bytes, LIST), u64_at(&bytes, LIST + 8)), (1, 0));
}

#[test]
fn accepts_fifteen_segments() {
    let payload = [7; 100];
    let segments: Vec<_> = (0..15).map(|n| segment(n * 0x1000, &payload)).collect();
    let bytes = seal(&segments);
    assert_eq!((u32_at(&bytes, LIST), u64_at(&bytes, LIST + 8)), (16, 15));
}

#[test]
fn all_implementations_seal_alike() {
    let payload = vec![3; 200_000];
    let implementations: Vec<_> = Implementation::ranked(Instructions::default()).collect();
    assert!(implementations.len() > 1);
    let segments = [segment(0x100_0000, &payload)];
    let sealed: Vec<_> = implementations
        .iter()
        .map(|implementation| seal_with(&segments, &Options::default(), *implementation))
        .collect();
    assert!(sealed.iter().all(|other| *other == sealed[0]));
    let mut other = payload.clone();
    other[199_999] ^= 1;
    let other = seal(&[segment(0x100_0000, &other)]);
    // The digests of header, list and last chunk.
    let changed: Vec<_> = (0..other.len()).filter(|at| other[*at] != sealed[0][*at]).collect();
    let places = [16..48, 216..248, other.len() - 32..other.len()];
    assert!(changed.iter().all(|at| places.iter().any(|place| place.contains(at))));
    assert!(places.iter().all(|place| changed.iter().any(|at| place.contains(at))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn seals_payloads_of_any_length(lens in prop::collection::vec(0usize..140_000, 0..6), byte: u8) {
        let payloads: Vec<_> = lens.iter().map(|len| vec![byte; *len]).collect();
        let segments: Vec<_> = payloads.iter().map(|payload| segment(0, payload)).collect();
        let bytes = seal(&segments);
        let digests: Vec<_> =
            payloads.iter().flat_map(|payload| payload.chunks(65_536)).map(sha256).collect();
        prop_assert_eq!(u64_at(&bytes, LIST + 8), digests.len() as u64);
        prop_assert!(bytes.ends_with(digests.as_flattened()));
    }
}

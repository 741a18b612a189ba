//! Purgatories as they ship: each accepts what it is told to, and refuses it with a bit flipped.

use purgatory_abi::linux::{DIGEST_BYTES, Region};
use purgatory_abi::verdict;
use purgatory_bench::blob::contenders::{ours, stock_kexec_tools, stock_linux};
use purgatory_bench::blob::loaded::{BlobError, Loaded};
use purgatory_bench::blob::machine::End;
use purgatory_bench::contender::Verdict;
use purgatory_bench::image::Image;
use qemu_tests::guest::initramfs::kexec;
use qemu_tests::{kernels, workspace};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Not a whole number of blocks.
const BYTES: usize = 100_001;

fn memory() -> Vec<u8> {
    (0..=250).cycle().take(BYTES).collect()
}

fn regions(image: &Image, memory: &[u8]) -> Vec<Region> {
    let start = memory.as_ptr().expose_provenance();
    let region = |range: &std::ops::Range<usize>| Region {
        start: (start + range.start) as u64,
        len: range.len() as u64,
    };
    image.segments().iter().map(|segment| region(&segment.range)).collect()
}

/// Has the purgatory verify a good image, and then the same with a bit flipped in each of three places.
fn accepts_and_refuses(purgatory: &mut Loaded) {
    let mut memory = memory();
    for segments in [1, 3, 16] {
        let image = Image::split(&memory, BYTES, segments).unwrap();
        let regions = regions(&image, &memory);
        purgatory.load(&regions, image.stream()).unwrap();
        for _again in 0..2 {
            let (verdict, finished) = purgatory.run().unwrap();
            assert_eq!((verdict, finished.said.as_str()), (Verdict::Unchanged, ""));
        }
        for at in [0, BYTES / 2, BYTES - 1] {
            memory[at] ^= 1;
            purgatory.load(&regions, image.stream()).unwrap();
            let verdict = purgatory.run().unwrap().0;
            memory[at] ^= 1;
            assert_eq!(verdict, Verdict::Changed, "byte {at} of {segments} segments");
        }
    }
}

fn blob(name: &str) -> PathBuf {
    workspace::root().join("target/purgatory").join(name)
}

fn both_of_ours() -> [Loaded; 2] {
    ["purgatory-linux.ro", "purgatory-kexec-tools.ro"].map(|name| ours(&blob(name)).unwrap())
}

#[test]
fn stock_kernels_purgatories_accept_and_refuse() {
    for kernel in kernels::all().unwrap() {
        let unpacked = kernel.unpacked().unwrap();
        accepts_and_refuses(&mut stock_linux(&unpacked.vmlinuz).unwrap());
    }
}

#[test]
fn stock_kexecs_purgatories_accept_and_refuse() {
    for kernel in kernels::all().unwrap() {
        let program = kexec(&kernel.unpacked().unwrap().root).unwrap();
        accepts_and_refuses(&mut stock_kexec_tools(&program).unwrap());
    }
}

#[test]
fn a_program_without_a_purgatory_is_named() {
    let program = std::env::current_exe().unwrap();
    for error in [stock_linux(&program).unwrap_err(), stock_kexec_tools(&program).unwrap_err()] {
        let text = format!("{error:#}");
        assert!(text.contains(&*program.to_string_lossy()), "{text}");
        assert!(text.contains("no bzImage") || text.contains("there is no purgatory"), "{text}");
    }
}

#[test]
fn ours_accept_without_a_word_and_refuse_with_a_report() {
    for mut purgatory in both_of_ours() {
        accepts_and_refuses(&mut purgatory);

        let memory = memory();
        let image = Image::split(&memory, BYTES, 2).unwrap();
        purgatory.load(&regions(&image, &memory), &[0; DIGEST_BYTES]).unwrap();
        let (verdict, finished) = purgatory.run().unwrap();
        assert_eq!((verdict, finished.end), (Verdict::Changed, End::Halted));
        let value = |key| finished.said.lines().find_map(|line| verdict::value(line, key));
        assert_eq!(value(verdict::key::STATUS), Some("mismatch"), "{}", finished.said);
        assert_eq!(value(verdict::key::BYTES), Some("100001"), "{}", finished.said);
    }
}

#[test]
fn a_report_of_something_else_than_a_mismatch_is_no_verdict() {
    let bytes = memory();
    let start = bytes.as_ptr().expose_provenance() as u64;
    for mut purgatory in both_of_ours() {
        let twice = [Region { start, len: 8 }, Region { start, len: 8 }];
        purgatory.load(&twice, &[0; DIGEST_BYTES]).unwrap();
        let error = purgatory.run().unwrap_err();
        let BlobError::NoVerdict { end: End::Halted, said } = &error else { panic!("{error}") };
        assert!(said.contains("status=regions-overlap"), "{said}");
    }
}

#[test]
fn more_segments_than_a_table_holds_are_refused() {
    for mut purgatory in both_of_ours() {
        let error = purgatory.load(&[Region::default(); 17], &[0; DIGEST_BYTES]).unwrap_err();
        assert!(matches!(error, BlobError::TooManyRegions { count: 17 }), "{error}");
    }
}

/// What the traps cost: a run over nothing is all traps.
#[test]
fn the_traps_of_a_run_take_less_than_a_millisecond() {
    let image = Image::of(&[], Vec::new()).unwrap();
    for mut purgatory in both_of_ours() {
        let (mut fastest, mut traps) = (Duration::MAX, 0);
        for _ in 0..100 {
            purgatory.load(&[], image.stream()).unwrap();
            let began = Instant::now();
            traps = purgatory.run().unwrap().1.traps;
            fastest = fastest.min(began.elapsed());
        }
        println!("{traps} traps, {fastest:?} in all");
        assert!(traps > 10, "{traps}");
        assert!(fastest < Duration::from_millis(1), "{fastest:?}");
    }
}

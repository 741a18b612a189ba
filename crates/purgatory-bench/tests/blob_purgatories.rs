//! Shipped purgatories: each accepts an intact image, and rejects it with a bit flipped.

use purgatory_abi::Loader;
use purgatory_abi::report::Report;
use purgatory_abi::status::Status;
use purgatory_bench::blob::contenders::{native, ours, stock_kexec_tools, stock_linux};
use purgatory_bench::blob::crash_image::CrashImage;
use purgatory_bench::contender::{Contender, Verdict};
use purgatory_bench::image::{Image, Segment};
use purgatory_loader::SealError;
use purgatory_runner::drop_in::{ADDED_BYTES, DropIn};
use purgatory_runner::error::BlobError;
use purgatory_runner::machine::End;
use purgatory_runner::native::Native;
use qemu_tests::guest::initramfs::{Initramfs, kexec};
use qemu_tests::{kernels, workspace};
use std::path::PathBuf;

/// The size of the image, which is not a whole number of blocks.
const BYTES: usize = 100_001;

fn memory() -> Vec<u8> {
    (0..=250).cycle().take(BYTES).collect()
}

/// Asserts that the purgatory accepts an intact image, and rejects it with a bit flipped in each of three places.
fn assert_accepts_and_rejects(purgatory: &mut DropIn) {
    let mut memory = memory();
    // The runner adds two regions.
    for segments in [1, 3, 14] {
        let image = Image::split(&memory, BYTES, segments).unwrap();
        purgatory.prepare(&image, &memory).unwrap();
        for _again in 0..2 {
            let (verdict, finished) = purgatory.run().unwrap();
            assert_eq!((verdict, finished.printed.as_str()), (Verdict::Intact, ""));
        }
        for at in [0, BYTES / 2, BYTES - 1] {
            purgatory.prepare(&image, &memory).unwrap();
            memory[at] ^= 1;
            let verdict = purgatory.run().unwrap().0;
            memory[at] ^= 1;
            assert_eq!(verdict, Verdict::Corrupted, "byte {at} of {segments} segments");
        }
    }
}

fn blob(loader: Loader) -> PathBuf {
    workspace::root().join("target/purgatory").join(loader.file())
}

fn both_of_ours() -> [DropIn; 2] {
    [Loader::Linux, Loader::KexecTools].map(|loader| ours(&blob(loader)).unwrap())
}

#[test]
fn stock_kernels_purgatories_accept_and_reject() {
    for kernel in kernels::all().unwrap() {
        let unpacked = kernel.unpacked().unwrap();
        assert_accepts_and_rejects(&mut stock_linux(&unpacked.vmlinuz).unwrap());
    }
}

#[test]
fn stock_kexecs_purgatories_accept_and_reject() {
    for kernel in kernels::all().unwrap() {
        let program = kexec(&kernel.unpacked().unwrap().root).unwrap();
        assert_accepts_and_rejects(&mut stock_kexec_tools(&program).unwrap());
    }
}

#[test]
fn names_a_program_without_a_purgatory() {
    let program = std::env::current_exe().unwrap();
    for error in [stock_linux(&program).unwrap_err(), stock_kexec_tools(&program).unwrap_err()] {
        let text = format!("{error:#}");
        assert!(text.contains(&*program.to_string_lossy()), "{text}");
        assert!(text.contains("not a kernel") || text.contains("there is no purgatory"), "{text}");
    }
}

#[test]
fn ours_accept_without_output_and_reject_with_a_report() {
    for mut purgatory in both_of_ours() {
        assert_accepts_and_rejects(&mut purgatory);

        let mut memory = memory();
        let image = Image::split(&memory, BYTES, 2).unwrap();
        purgatory.prepare(&image, &memory).unwrap();
        memory[0] ^= 1;
        let (verdict, finished) = purgatory.run().unwrap();
        assert_eq!((verdict, finished.end), (Verdict::Corrupted, End::Halted));
        let report = Report::parse(&finished.printed);
        let verdict = report.verdict().unwrap();
        let bytes = (BYTES + ADDED_BYTES) as u64;
        assert_eq!((verdict.status, verdict.bytes), (Status::Mismatch, bytes));
        assert!(report.others.is_empty(), "{report:?}");
    }
}

fn native_purgatory() -> Native {
    native(&blob(Loader::Native)).unwrap()
}

#[test]
fn native_verifies_payload_and_zero_padding() {
    let mut purgatory = native_purgatory();
    let mut memory = memory();
    let payload = BYTES - 5000;
    memory[payload..].fill(0);
    let whole = |range, payload| Segment { range, payload };
    let image =
        Image::of(&memory, vec![whole(0..7, 7), whole(8..BYTES, payload - 8), whole(3..3, 0)]);
    let image = image.unwrap();
    purgatory.prepare(&image, &memory).unwrap();
    for _again in 0..2 {
        let (verdict, finished) = purgatory.run().unwrap();
        assert_eq!((verdict, finished.printed.as_str()), (Verdict::Intact, ""));
    }
    for at in [0, 70_000, payload, BYTES - 1] {
        memory[at] ^= 1;
        let (verdict, finished) = purgatory.run().unwrap();
        memory[at] ^= 1;
        assert_eq!(verdict, Verdict::Corrupted, "byte {at}");
        let report = Report::parse(&finished.printed);
        let verdict = report.verdict().unwrap();
        let found = (verdict.loader, verdict.status);
        assert_eq!(found, (Some(Loader::Native.name()), Status::Mismatch), "{report:?}");
    }
    // This byte is outside all segments.
    memory[7] ^= 1;
    assert_eq!(purgatory.run().unwrap().0, Verdict::Intact);
}

#[test]
fn stock_and_native_verify_a_real_crash_image() {
    let kernel = kernels::all().unwrap().pop().unwrap().unpacked().unwrap();
    let vmlinuz = std::fs::read(&kernel.vmlinuz).unwrap();
    let initrd = Initramfs::of(&kernel).unwrap().capture;
    let crash_image = CrashImage::of(&vmlinuz, &initrd, "quiet").unwrap();
    let mut memory = vec![0; crash_image.bytes()];
    crash_image.load(&mut memory).unwrap();
    let image = Image::of(&memory, crash_image.segments()).unwrap();
    let zeros = image.segments()[1].zeros();
    assert!(zeros.len() > 1 << 20, "{zeros:?}");

    let stock = stock_linux(&kernel.vmlinuz).unwrap();
    let contenders: [Box<dyn Contender>; 2] = [Box::new(stock), Box::new(native_purgatory())];
    for mut contender in contenders {
        contender.prepare(&image, &memory).unwrap();
        assert_eq!(contender.run(&image, &memory).unwrap(), Verdict::Intact);
        memory[zeros.end - 1] = 1;
        assert_eq!(contender.run(&image, &memory).unwrap(), Verdict::Corrupted);
        memory[zeros.end - 1] = 0;
    }
}

#[test]
fn native_supports_at_most_fifteen_segments() {
    let mut purgatory = native_purgatory();
    let memory = memory();
    purgatory.prepare(&Image::split(&memory, BYTES, 15).unwrap(), &memory).unwrap();
    assert_eq!(purgatory.run().unwrap().0, Verdict::Intact);
    let error = purgatory.prepare(&Image::split(&memory, BYTES, 16).unwrap(), &memory).unwrap_err();
    let error = error.downcast().unwrap();
    assert!(matches!(error, BlobError::Seal(SealError::TooManySegments { count: 16 })), "{error}");
    let error = purgatory.run().unwrap_err();
    assert!(matches!(error, BlobError::NotLoaded), "{error}");
}

#[test]
fn rejects_digests_that_differ_from_sha2() {
    let memory = memory();
    // Its chunks have another size.
    let image = Image::cached(&memory).unwrap();
    let error = native_purgatory().prepare(&image, &memory).unwrap_err().downcast().unwrap();
    assert!(matches!(error, BlobError::Digests), "{error}");
}

#[test]
fn rejects_a_purgatory_for_another_loader() {
    let object = std::fs::read(blob(Loader::Linux)).unwrap();
    let memory = memory();
    let image = Image::split(&memory, BYTES, 1).unwrap();
    let error = Native::new(object).unwrap().prepare(&image, &memory).unwrap_err();
    let error = error.downcast().unwrap();
    assert!(matches!(error, BlobError::Seal(SealError::NoHeader)), "{error}");
    let error = ours(&blob(Loader::Native)).unwrap_err();
    assert!(
        format!("{error:#}").contains("purgatory-native.ro: the object has neither"),
        "{error}"
    );
}

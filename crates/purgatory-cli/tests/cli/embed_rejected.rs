//! Files that `purgatory embed` rejects because of their contents.

use crate::directory::Directory;
use crate::purgatory::Purgatory;
use crate::sample::{self, OFFSET};
use purgatory_cli::Identity;

const EMBED: [&str; 7] = ["embed", "--into", "in", "-o", "out", "--purgatory", "new.ro"];

/// Asserts that embedding `new` into `file` ends with `status` and `message`, and writes nothing.
fn assert_rejected(file: &[u8], new: &[u8], status: i32, message: &str) {
    Directory::with(&[("in", file), ("new.ro", new)]).assert_rejected(&EMBED, status, message);
}

#[test]
fn rejects_a_file_without_purgatory() {
    let other = {
        let mut object = sample::linux(0);
        let at = object.windows(15).position(|name| name == b"purgatory_start").unwrap();
        object[at] = b'P';
        object
    };
    for file in [b"".as_slice(), b"a program", &sample::program(&other)] {
        assert_rejected(
            file,
            &sample::linux(0),
            1,
            "in: no x86_64 purgatory found: give a kexec binary, such as /usr/sbin/kexec, or the unpacked vmlinux of a kernel with CONFIG_KEXEC_FILE",
        );
    }
}

#[test]
fn rejects_several_purgatories() {
    let file = [sample::program(&sample::linux(0)), sample::kexec_tools(0)].concat();
    let second = file.len() - sample::kexec_tools(0).len();
    assert_rejected(
        &file,
        &sample::linux(0),
        1,
        &format!(
            "in: the file has 2 purgatories, at offsets {OFFSET:#x}, {second:#x}: give a file with one purgatory"
        ),
    );
}

#[test]
fn rejects_a_truncated_purgatory() {
    let object = sample::linux(0);
    let file = sample::program(&object);
    let cut = &file[..OFFSET + object.len() - 100];
    let table = u64::from_le_bytes(object[0x28..0x30].try_into().unwrap());
    let count = u16::from_le_bytes(object[0x3c..0x3e].try_into().unwrap());
    let error = format!(
        "section header table: {count} headers at offset {table:#x} in a file of {} bytes",
        object.len() - 100
    );
    assert_rejected(
        cut,
        &object,
        1,
        &format!(
            "in: the object at offset {OFFSET:#x} is truncated or corrupted ({error}): use an intact copy of the file"
        ),
    );
}

#[test]
fn rejects_a_purgatory_of_an_unknown_loader() {
    assert_rejected(
        &sample::program(&sample::both()),
        &sample::linux(0),
        1,
        &format!(
            "in: the purgatory at offset {OFFSET:#x} does not have the tables of exactly one loader: it cannot be replaced"
        ),
    );
}

#[test]
fn rejects_a_larger_purgatory() {
    let (old, new) = (sample::kexec_tools(0), sample::kexec_tools(64));
    assert_rejected(
        &sample::program(&old),
        &new,
        1,
        &format!(
            "in: the kexec-tools purgatory to embed has {} bytes, but the one at offset {OFFSET:#x} only {}: if an earlier embed replaced the original, start from the original file; otherwise build the loader from source with this purgatory",
            new.len(),
            old.len()
        ),
    );
}

#[test]
fn rejects_the_same_purgatory() {
    let object = sample::linux(0);
    assert_rejected(
        &sample::program(&object),
        &object,
        3,
        &format!(
            "in: the purgatory at offset {OFFSET:#x} is already this one ({}): there is nothing to do",
            Identity::of(&object)
        ),
    );
}

#[test]
fn rejects_a_signed_file() {
    let message = |signature| {
        format!(
            "in: the file is signed ({signature}), and a changed file would fail the signature check: embed into the unsigned file, and sign the result"
        )
    };
    let mut pe = sample::program(&sample::linux(9));
    sample::sign_pe(&mut pe);
    let pe_message = message("PE certificate table, 1472 bytes at offset 0x5000");
    assert_rejected(&pe, &sample::linux(0), 1, &pe_message);

    let mut module = sample::program(&sample::linux(9));
    module.extend(b"~Module signature appended~\n");
    assert_rejected(&module, &sample::linux(0), 1, &message("appended as to a kernel module"));
}

#[test]
fn rejects_a_compressed_kernel() {
    let message = |signed| {
        format!(
            "in: the file is a compressed kernel (bzImage{signed}): embed into the unpacked vmlinux, or build the kernel with purgatory-linux.ro as its arch/x86/purgatory/purgatory.ro"
        )
    };
    // This is true even if it contains an uncompressed purgatory.
    let mut image = sample::bz_image(&sample::linux(9));
    assert_rejected(&image, &sample::linux(0), 1, &message(""));
    sample::sign_pe(&mut image);
    let signed = ", signed: PE certificate table, 1472 bytes at offset 0x5000";
    assert_rejected(&image, &sample::linux(0), 1, &message(signed));
}

#[test]
fn rejects_an_object_for_another_loader() {
    let rejected = |old: &[u8], new: &[u8], given, wanted| {
        let message = format!(
            "in: the purgatory to embed is for {given}, but the one in the file is for {wanted}: give purgatory-{wanted}.ro"
        );
        assert_rejected(&sample::program(old), new, 1, &message);
    };
    rejected(&sample::linux(999), &sample::kexec_tools(0), "kexec-tools", "linux");
    rejected(&sample::kexec_tools(999), &sample::linux(0), "linux", "kexec-tools");
    rejected(&sample::linux(999), &sample::native(0), "native", "linux");
    rejected(&sample::native(999), &sample::linux(0), "linux", "native");
    rejected(&sample::linux(999), &sample::both(), "no single loader", "linux");
}

#[test]
fn rejects_an_object_that_fails_a_required_rule() {
    let mut broken = Purgatory::without_tables(136 + 256);
    let data = broken.data;
    broken.global("entry64_regs", data, 0, 128);
    broken.global("purgatory_sha_regions", data, 136, 256);
    let file = sample::program(&sample::linux(999));
    let directory = Directory::with(&[("in", &file), ("new.ro", &broken.write())]);
    let before = directory.everything();
    let ran = directory.run(&EMBED);
    assert_eq!(ran.status, 1, "{ran:?}");
    let start = "purgatory: in: the purgatory to embed fails a required rule of linux: entry64_regs: global, 136 bytes, not bss (128 bytes in section ";
    assert!(ran.stderr.starts_with(start), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("): `purgatory inspect` shows all rules\n"), "{}", ran.stderr);
    assert_eq!(directory.everything(), before);
}

#[test]
fn rejects_an_invalid_object() {
    assert_rejected(
        &sample::program(&sample::linux(0)),
        b"#!/bin/sh",
        1,
        "in: the purgatory to embed is not a valid x86_64 object (file header: expected 64 bytes, got 9): give one that `cargo xtask build` made",
    );
}

#[cfg(not(feature = "blobs"))]
#[test]
fn rejects_a_build_without_purgatories() {
    let directory = Directory::with(&[("in", &sample::program(&sample::linux(0)))]);
    directory.assert_rejected(
        &["embed", "--into", "in", "-o", "out"],
        14,
        "in: this build of the tool has no purgatories inside: use target/purgatory/purgatory, which `cargo xtask build` makes, or name an object with --purgatory",
    );
}

//! The output of `purgatory inspect`.

use crate::compressed::{ALL, compress};
use crate::directory::Directory;
use crate::purgatory::Purgatory;
use crate::sample::{self, OFFSET};
use purgatory_cli::Identity;

/// Inspects `file`. Returns the exit status and the output.
fn inspect(file: &[u8]) -> (i32, String) {
    let ran = Directory::with(&[("file", file)]).run(&["inspect", "file"]);
    assert_eq!(ran.stderr, "");
    (ran.status, ran.stdout)
}

#[track_caller]
fn assert_prints(said: &str, lines: &[&str]) {
    for line in lines {
        assert!(said.lines().any(|other| other == *line), "no line `{line}` in:\n{said}");
    }
}

#[test]
fn inspects_an_object_file() {
    let object = sample::linux(0);
    let (status, said) = inspect(&object);
    assert_eq!(status, 0);
    assert_prints(
        &said,
        &[
            "file",
            &format!("purgatory at offset 0x0, {}", Identity::of(&object)),
            "loader: linux",
            "linux: 13 of 13 rules passed",
            "all required rules of its loader passed",
        ],
    );
    assert!(said.contains("\nkexec-tools (not its loader): "), "{said}");
}

#[test]
fn inspects_an_object_of_the_native_contract() {
    let object = sample::native(0);
    let (status, said) = inspect(&object);
    assert_eq!(status, 0, "{said}");
    assert_prints(
        &said,
        &[
            &format!("purgatory at offset 0x0, {}", Identity::of(&object)),
            "loader: native",
            "native: 10 of 10 rules passed",
            "all required rules of its loader passed",
        ],
    );
    for other in ["linux", "kexec-tools"] {
        assert!(said.contains(&format!("\n{other} (not its loader): ")), "{said}");
    }

    let mut other_version = object;
    let header = other_version.windows(8).position(|bytes| bytes == b"PURGATRY").unwrap();
    other_version[header + 8] = 2;
    let (status, said) = inspect(&other_version);
    assert_eq!(status, 1, "{said}");
    assert_prints(&said, &["loader: native", "native: 9 of 10 rules passed"]);
}

#[test]
fn inspects_a_program() {
    let object = sample::kexec_tools(0);
    let (status, said) = inspect(&sample::program(&object));
    assert_eq!(status, 0, "{said}");
    assert_prints(
        &said,
        &[
            &format!("purgatory at offset {OFFSET:#x}, {}", Identity::of(&object)),
            "loader: kexec-tools",
            "all required rules of its loader passed",
        ],
    );
    assert!(said.contains("\nlinux (not its loader): "), "{said}");
}

#[test]
fn inspects_a_compressed_kernel() {
    let kernel = sample::program(&sample::linux(0));
    for compression in ALL {
        let (status, said) = inspect(&sample::bz_image(&compress(compression, &kernel)));
        assert_eq!(status, 0, "{said}");
        let head = format!("file: bzImage, {compression}, {} bytes unpacked", kernel.len());
        let place = format!("purgatory at offset {OFFSET:#x}, {}", Identity::of(&sample::linux(0)));
        assert_prints(&said, &[&head, &place, "loader: linux"]);
    }
}

#[test]
fn inspects_all_purgatories_and_fails_if_one_fails() {
    let file = [sample::program(&sample::linux(0)), sample::kexec_tools(0)].concat();
    let (status, said) = inspect(&file);
    assert_eq!(status, 0, "{said}");
    assert_prints(&said, &["loader: linux", "loader: kexec-tools"]);
    let (status, said) = inspect(&[file, without_registers()].concat());
    assert_eq!(status, 1, "{said}");
}

/// A purgatory for the kernel without `entry64_regs`.
fn without_registers() -> Vec<u8> {
    let mut broken = Purgatory::without_tables(256 + 32);
    let data = broken.data;
    broken.global("purgatory_sha_regions", data, 0, 256);
    broken.global("purgatory_sha256_digest", data, 256, 32);
    broken.write()
}

#[test]
fn fails_on_a_broken_required_rule() {
    let (status, said) = inspect(&without_registers());
    assert_eq!(status, 1);
    assert_prints(
        &said,
        &["linux: 12 of 13 rules passed", "required rules of its loader that failed: 1"],
    );
    let rule = "entry64_regs: global, 136 bytes, not bss";
    assert!(said.contains(&format!("  FAIL  required     {rule} ")), "{said}");
    assert!(said.contains(&format!("\n  {rule}: the kernel reads")), "{said}");
}

#[test]
fn succeeds_with_a_broken_recommended_rule() {
    let mut purgatory = Purgatory::new();
    let text = purgatory.text;
    let stack_end = purgatory.stack_end;
    purgatory.relocate(text, 0x20, object::elf::R_X86_64_32, stack_end, 0);
    let (status, said) = inspect(&purgatory.write());
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("  FAIL  recommended  only relocations 64, PC32, PLT32"), "{said}");
}

#[test]
fn applies_the_rules_of_all_loaders_if_the_loader_is_unknown() {
    for object in [sample::both(), Purgatory::without_tables(8).write()] {
        let (status, said) = inspect(&object);
        assert_eq!(status, 1, "{said}");
        assert_prints(&said, &["loader: unknown, so the rules of all loaders apply"]);
    }
}

#[test]
fn rejects_files_without_an_intact_purgatory() {
    let object = sample::linux(0);
    let none = "file: no x86_64 purgatory found: give a purgatory object, a kexec binary, or a kernel with CONFIG_KEXEC_FILE (a vmlinux or bzImage)";
    let cut = &object[..object.len() - 1];
    let table = u64::from_le_bytes(object[0x28..0x30].try_into().unwrap());
    let count = u16::from_le_bytes(object[0x3c..0x3e].try_into().unwrap());
    let truncated = format!(
        "file: the object at offset 0x0 is truncated or corrupted (section header table: {count} headers at offset {table:#x} in a file of {} bytes): use an intact copy of the file",
        cut.len()
    );
    let unknown = "file: the kernel in the bzImage starts with [00, 00], which matches no known compression: unpack it to a vmlinux with another tool";
    let image = sample::bz_image(b"");
    let short = "file: the kernel image is truncated: the file has 520 bytes, 1017 are missing: use a complete copy";
    for (file, message) in [
        (&b""[..], none),
        (b"\x7fELF", none),
        (cut, truncated.as_str()),
        (&sample::bz_image(&[0, 0]), unknown),
        (&image[..520], short),
    ] {
        Directory::with(&[("file", file)]).assert_rejected(&["inspect", "file"], 2, message);
    }
}

#[test]
fn escapes_control_characters_in_section_names() {
    let mut object = sample::linux(0);
    let at = object.windows(8).position(|name| name == b".rodata\0").unwrap();
    object[at + 1] = 0x1b;
    let (_, said) = inspect(&object);
    assert!(!said.contains('\x1b') && said.contains(".\\u{1b}odata"), "{said}");
}

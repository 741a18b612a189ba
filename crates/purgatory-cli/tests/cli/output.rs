//! Paths that `purgatory embed` rejects.

use crate::directory::Directory;
use crate::sample;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::Command;

fn directory() -> Directory {
    let directory = Directory::with(&[
        ("in", &sample::program(&sample::linux(9))),
        ("new.ro", &sample::linux(0)),
        ("other", b"something else"),
    ]);
    fs::create_dir(directory.path("directory")).unwrap();
    directory
}

fn embed<'a>(into: &'a str, output: &'a str, object: &'a str) -> [&'a str; 7] {
    ["embed", "--into", into, "-o", output, "--purgatory", object]
}

#[test]
fn rejects_an_output_that_is_an_input() {
    let directory = directory();
    symlink("in", directory.path("symlink")).unwrap();
    fs::hard_link(directory.path("in"), directory.path("hard-link")).unwrap();
    let absolute = directory.path("in").into_os_string().into_string().unwrap();
    for output in ["in", "./in", "directory/../in", "symlink", "hard-link", &absolute] {
        directory.assert_rejected(
            &embed("in", output, "new.ro"),
            2,
            &format!("{output} is the same file as the input in: name another output"),
        );
    }
    directory.assert_rejected(
        &embed("symlink", "in", "new.ro"),
        2,
        "in is the same file as the input symlink: name another output",
    );
    directory.assert_rejected(
        &embed("in", "./new.ro", "new.ro"),
        2,
        "./new.ro is the same file as the input new.ro: name another output",
    );
}

#[test]
fn replaces_an_existing_output() {
    let directory = directory();
    assert_eq!(directory.run(&embed("in", "other", "new.ro")).status, 0);
    assert_eq!(directory.read("other").len(), directory.read("in").len());
    // The link is replaced, not its target.
    fs::write(directory.path("target"), b"safe").unwrap();
    symlink("target", directory.path("link")).unwrap();
    assert_eq!(directory.run(&embed("in", "link", "new.ro")).status, 0);
    assert_eq!(directory.read("target"), b"safe");
    assert_eq!(directory.read("link"), directory.read("other"));
}

#[test]
fn rejects_an_output_that_is_not_regular() {
    let directory = directory();
    for output in ["directory", "/dev/null"] {
        directory.assert_rejected(
            &embed("in", output, "new.ro"),
            2,
            &format!("{output} is not a regular file: name a regular file"),
        );
    }
}

#[test]
fn reports_an_unwritable_output() {
    let directory = directory();
    for output in ["nowhere/out", "other/out"] {
        let before = directory.everything();
        let ran = directory.run(&embed("in", output, "new.ro"));
        assert_eq!(ran.status, 2, "{ran:?}");
        let start = format!("purgatory: cannot write {output}: ");
        assert!(ran.stderr.starts_with(&start), "{}", ran.stderr);
        assert_eq!(directory.everything(), before);
    }
}

#[test]
fn rejects_an_unreadable_input() {
    let directory = directory();
    let made = Command::new("mkfifo").arg(directory.path("pipe")).status().unwrap();
    assert!(made.success());
    let missing = "cannot read missing: No such file or directory (os error 2)";
    let pipe = "pipe is not a regular file: name a regular file";
    let not_regular = "directory is not a regular file: name a regular file";
    let endless = "/dev/zero is not a regular file: name a regular file";
    File::create(directory.path("directory/huge")).unwrap().set_len(1 << 40).unwrap();
    let huge = "directory/huge has at least 1099511627776 bytes, more than the 2147483648 bytes that this command reads: name a kexec binary, a kernel or a purgatory object";
    for (name, message) in [
        ("missing", missing),
        ("pipe", pipe),
        ("directory", not_regular),
        ("/dev/zero", endless),
        ("directory/huge", huge),
    ] {
        directory.assert_rejected(&embed(name, "out", "new.ro"), 2, message);
        directory.assert_rejected(&embed("in", "out", name), 2, message);
        directory.assert_rejected(&["inspect", name], 2, message);
    }
}

#[test]
fn reports_unwritable_standard_streams() {
    let directory = directory();
    let full = || File::create("/dev/full").unwrap();
    let run = |into, to: fn(&mut Command, File) -> &mut Command| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_purgatory"));
        command.current_dir(directory.path("")).args(embed(into, "out", "new.ro"));
        to(&mut command, full()).output().unwrap()
    };
    assert_eq!(run("missing", Command::stderr).status.code(), Some(2));
    assert!(!directory.path("out").exists());
    // The written file is complete.
    let ran = run("in", Command::stdout);
    assert_eq!(ran.status.code(), Some(2));
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(said.starts_with("purgatory: cannot write to standard output: "), "{said}");
    assert_eq!(directory.read("out").len(), directory.read("in").len());
}

#[test]
fn rejects_incomplete_arguments() {
    let directory = directory();
    for arguments in [&["embed", "--into", "in"][..], &["inspect"], &["bury"], &[]] {
        let before = directory.everything();
        assert_eq!(directory.run(arguments).status, 2);
        assert_eq!(directory.everything(), before);
    }
}

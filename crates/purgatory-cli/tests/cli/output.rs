//! What `purgatory embed` refuses because of where it would read and write.

use crate::folder::Folder;
use crate::sample;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::Command;

fn folder() -> Folder {
    let folder = Folder::with(&[
        ("in", &sample::program(&sample::linux(9))),
        ("new.ro", &sample::linux(0)),
        ("other", b"something else"),
    ]);
    fs::create_dir(folder.path("folder")).unwrap();
    folder
}

fn embed<'a>(into: &'a str, output: &'a str, object: &'a str) -> [&'a str; 7] {
    ["embed", "--into", into, "-o", output, "--purgatory", object]
}

#[test]
fn over_the_input_by_any_name() {
    let folder = folder();
    symlink("in", folder.path("symlink")).unwrap();
    fs::hard_link(folder.path("in"), folder.path("hard-link")).unwrap();
    let absolute = folder.path("in").into_os_string().into_string().unwrap();
    for output in ["in", "./in", "folder/../in", "symlink", "hard-link", &absolute] {
        folder.assert_refused(
            &embed("in", output, "new.ro"),
            2,
            &format!("{output} is the same file as the input in: name another output"),
        );
    }
    folder.assert_refused(
        &embed("symlink", "in", "new.ro"),
        2,
        "in is the same file as the input symlink: name another output",
    );
    folder.assert_refused(
        &embed("in", "./new.ro", "new.ro"),
        2,
        "./new.ro is the same file as the input new.ro: name another output",
    );
}

#[test]
fn over_another_file_is_fine() {
    let folder = folder();
    assert_eq!(folder.run(&embed("in", "other", "new.ro")).status, 0);
    assert_eq!(folder.read("other").len(), folder.read("in").len());
    // A link is replaced, and not what it leads to.
    fs::write(folder.path("target"), b"safe").unwrap();
    symlink("target", folder.path("link")).unwrap();
    assert_eq!(folder.run(&embed("in", "link", "new.ro")).status, 0);
    assert_eq!(folder.read("target"), b"safe");
    assert_eq!(folder.read("link"), folder.read("other"));
}

#[test]
fn output_that_is_no_file() {
    let folder = folder();
    for output in ["folder", "/dev/null"] {
        folder.assert_refused(
            &embed("in", output, "new.ro"),
            2,
            &format!("{output} is not a regular file: name one that is"),
        );
    }
}

#[test]
fn output_that_cannot_be_written() {
    let folder = folder();
    for output in ["nowhere/out", "other/out"] {
        let before = folder.everything();
        let ran = folder.run(&embed("in", output, "new.ro"));
        assert_eq!(ran.status, 2, "{ran:?}");
        let start = format!("purgatory: cannot write {output}: ");
        assert!(ran.stderr.starts_with(&start), "{}", ran.stderr);
        assert_eq!(folder.everything(), before);
    }
}

#[test]
fn input_that_cannot_be_read() {
    let folder = folder();
    let made = Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap();
    assert!(made.success());
    let missing = "cannot read missing: No such file or directory (os error 2)";
    let pipe = "pipe is not a regular file: name one that is";
    let directory = "folder is not a regular file: name one that is";
    for (name, message) in [("missing", missing), ("pipe", pipe), ("folder", directory)] {
        folder.assert_refused(&embed(name, "out", "new.ro"), 2, message);
        folder.assert_refused(&embed("in", "out", name), 2, message);
        folder.assert_refused(&["inspect", name], 2, message);
    }
}

#[test]
fn streams_that_take_nothing() {
    let folder = folder();
    let full = || File::create("/dev/full").unwrap();
    let run = |into, to: fn(&mut Command, File) -> &mut Command| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_purgatory"));
        command.current_dir(folder.path("")).args(embed(into, "out", "new.ro"));
        to(&mut command, full()).output().unwrap()
    };
    assert_eq!(run("missing", Command::stderr).status.code(), Some(2));
    assert!(!folder.path("out").exists());
    // What was written is whole.
    let ran = run("in", Command::stdout);
    assert_eq!(ran.status.code(), Some(2));
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(said.starts_with("purgatory: cannot write to standard output: "), "{said}");
    assert_eq!(folder.read("out").len(), folder.read("in").len());
}

#[test]
fn arguments_that_make_no_sense() {
    let folder = folder();
    for arguments in [&["embed", "--into", "in"][..], &["inspect"], &["bury"], &[]] {
        let before = folder.everything();
        assert_eq!(folder.run(arguments).status, 2);
        assert_eq!(folder.everything(), before);
    }
}

//! Successful runs of `purgatory embed`.

use crate::directory::Directory;
use crate::sample::{self, OFFSET};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

#[test]
fn replaces_only_the_object() {
    for (kind, make) in [
        ("linux", sample::linux as fn(usize) -> Vec<u8>),
        ("kexec-tools", sample::kexec_tools as fn(usize) -> Vec<u8>),
        ("native", sample::native as fn(usize) -> Vec<u8>),
    ] {
        let (old, new) = (make(100), make(0));
        let directory = Directory::with(&[("in", &sample::program(&old)), ("new.ro", &new)]);
        let ran = directory.run(&["embed", "--into", "in", "-o", "out", "--purgatory", "new.ro"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(ran.stderr, "");

        let mut padded = new.clone();
        padded.resize(old.len(), 0);
        assert_eq!(directory.read("out"), sample::program(&padded));
        assert_eq!(directory.read("in"), sample::program(&old));

        let identity = purgatory_cli::Identity::of;
        let lines: Vec<_> = ran.stdout.lines().collect();
        assert_eq!(lines[0], format!("found    purgatory of {kind} at offset {OFFSET:#x} of in"));
        assert_eq!(lines[1], format!("old      {}", identity(&old)));
        assert_eq!(lines[2], format!("new      {}", identity(&new)));
        assert!(lines[3].ends_with(&format!(" of {kind} passed")), "{}", lines[3]);
        assert_eq!(lines[4], "written  out");
        assert_eq!(lines.len(), 5);

        let again = directory.run(&["inspect", "out"]);
        assert_eq!(again.status, 0, "{again:?}");
        assert!(again.stdout.contains(&identity(&new).to_string()), "{}", again.stdout);
    }
}

#[test]
fn embeds_an_object_of_the_same_size() {
    let mut new = sample::linux(0);
    let old = new.clone();
    // With another byte in .rodata, it is a different object of the same size.
    let at = new.windows(8).position(|bytes| bytes == [0x11; 8]).unwrap();
    new[at] = 0x12;
    let directory = Directory::with(&[("in", &sample::program(&old)), ("new.ro", &new)]);
    let ran = directory.run(&["embed", "--into", "in", "-o", "out", "--purgatory", "new.ro"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(directory.read("out"), sample::program(&new));
}

#[test]
fn keeps_permissions_that_are_safe_and_leaves_no_temporary_file() {
    let old = sample::program(&sample::linux(1));
    // Write permission of group and others is dropped, as are rights of the input's owner, and what the umask clears.
    for (mode, umask, expected) in [
        (0o755, "022", 0o755),
        (0o640, "022", 0o640),
        (0o4711, "022", 0o711),
        (0o777, "000", 0o755),
        (0o666, "000", 0o644),
        (0o755, "077", 0o700),
    ] {
        let directory = Directory::with(&[("in", &old), ("new.ro", &sample::linux(0))]);
        fs::set_permissions(directory.path("in"), Permissions::from_mode(mode)).unwrap();
        let script = format!("umask {umask}; exec \"$@\"");
        let ran = Command::new("sh")
            .current_dir(directory.path(""))
            .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_purgatory")])
            .args(["embed", "--into", "in", "-o", "out", "--purgatory", "new.ro"])
            .status();
        assert!(ran.unwrap().success(), "{mode:o}");
        let copied = fs::metadata(directory.path("out")).unwrap().permissions().mode();
        assert_eq!(copied & 0o7777, expected, "{mode:o}, umask {umask}");
        assert_eq!(directory.everything().into_keys().collect::<Vec<_>>(), ["in", "new.ro", "out"]);
    }
}

#[test]
fn omits_bytes_after_the_given_object() {
    let padded = [sample::linux(0), vec![0; 64], vec![1; 64]].concat();
    let old = sample::program(&sample::linux(10));
    let directory = Directory::with(&[("in", &old), ("new.ro", &padded)]);
    let ran = directory.run(&["embed", "--into", "in", "-o", "out", "--purgatory", "new.ro"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(directory.read("out").len(), old.len());
}
